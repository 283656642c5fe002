-- daily_aggregates
max_by(
    transaction_coupon,
    case
        when transaction_coupon is not null then to_char(event_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || event_id
    end
) as last_transaction_coupon
max(case when transaction_coupon is not null then event_tstamp end) as last_transaction_coupon_tstamp
max_by(
    event_id,
    case
        when transaction_coupon is not null then to_char(event_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || event_id
    end
) as last_transaction_coupon_event_id

-- attributes_this_run
max_by(
    last_transaction_coupon,
    case
        when last_transaction_coupon is not null
            then to_char(last_transaction_coupon_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || last_transaction_coupon_event_id
    end
) as last_transaction_coupon
case
    when merged.last_transaction_coupon is null then to_binary('none', 'UTF-8')
    else to_binary(merged.last_transaction_coupon, 'UTF-8')
end as as_bytes
coalesce(merged.last_transaction_coupon, cast('' as varchar)) as as_string
case
    when merged.last_transaction_coupon is null then cast(-1 as number(10, 0))
    when (
        regexp_like(
            merged.last_transaction_coupon,
            '[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?'
        )
        and try_to_double(merged.last_transaction_coupon)
        = floor(try_to_double(merged.last_transaction_coupon))
        and (
            try_to_double(merged.last_transaction_coupon) >= -2147483648
            and try_to_double(merged.last_transaction_coupon) < 2147483648
        )
    )
        then cast(try_to_double(merged.last_transaction_coupon) as number(10, 0))
end as as_int32
case
    when merged.last_transaction_coupon is null then cast(1099511627776 as number(19, 0))
    when regexp_like(merged.last_transaction_coupon, '[+-]?0*[0-9]{1,19}')
        then case
            when (
                try_to_number(merged.last_transaction_coupon, 38, 0) >= -9223372036854775808
                and try_to_number(merged.last_transaction_coupon, 38, 0) < 9223372036854775808
            )
                then cast(try_to_number(merged.last_transaction_coupon, 38, 0) as number(19, 0))
        end
    when (
        regexp_like(
            merged.last_transaction_coupon,
            '[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?'
        )
        and try_to_double(merged.last_transaction_coupon)
        = floor(try_to_double(merged.last_transaction_coupon))
        and (
            try_to_double(merged.last_transaction_coupon) >= -9223372036854775808
            and try_to_double(merged.last_transaction_coupon) < 9223372036854775808
        )
    )
        then cast(try_to_double(merged.last_transaction_coupon) as number(19, 0))
end as as_int64
case
    when merged.last_transaction_coupon is null then cast(0.5e0 as double)
    when (
        regexp_like(
            merged.last_transaction_coupon,
            '[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?'
        )
        and abs(try_to_double(merged.last_transaction_coupon)) < to_double('inf')
    )
        then try_to_double(merged.last_transaction_coupon)
end as as_double
case
    when merged.last_transaction_coupon is null then cast(1.0e0 as double)
    when (
        regexp_like(
            merged.last_transaction_coupon,
            '[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?'
        )
        and abs(try_to_double(merged.last_transaction_coupon)) <= 7.006492321624085e-46
    )
        then 0e0
    when (
        regexp_like(
            merged.last_transaction_coupon,
            '[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?'
        )
        and abs(try_to_double(merged.last_transaction_coupon)) < 3.4028235677973366e38
    )
        then try_to_double(merged.last_transaction_coupon)
end as as_float
case
    when merged.last_transaction_coupon is null then cast(0 as number(19, 0))
    else datediff(
        'second',
        cast('1970-01-01 00:00:00' as timestamp_ntz),
        case
            when (
                regexp_like(
                    merged.last_transaction_coupon,
                    '[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?(Z|[+-]([01][0-9]|2[0-3])(:?[0-5][0-9])?)?)?'
                )
                and dateadd(
                    'minute',
                    (coalesce(try_to_number(regexp_substr(merged.last_transaction_coupon, '([+-])([0-9]{2}):?([0-9]{2})?$', 12, 1, 'e', 2)), 0) * 60 + coalesce(try_to_number(regexp_substr(merged.last_transaction_coupon, '([+-])([0-9]{2}):?([0-9]{2})?$', 12, 1, 'e', 3)), 0)) * case when regexp_substr(merged.last_transaction_coupon, '([+-])([0-9]{2}):?([0-9]{2})?$', 12, 1, 'e', 1) = '-' then 1 else -1 end,
                    try_to_timestamp_ntz(
                        regexp_substr(merged.last_transaction_coupon, '^.{10}([T ][0-9:]{5,8}([.][0-9]{1,6})?)?'),
                        'AUTO'
                    )
                )
                between cast('0001-01-01 00:00:00' as timestamp_ntz) and cast('9999-12-31 23:59:59.999999' as timestamp_ntz)
            )
                then dateadd(
                    'minute',
                    (coalesce(try_to_number(regexp_substr(merged.last_transaction_coupon, '([+-])([0-9]{2}):?([0-9]{2})?$', 12, 1, 'e', 2)), 0) * 60 + coalesce(try_to_number(regexp_substr(merged.last_transaction_coupon, '([+-])([0-9]{2}):?([0-9]{2})?$', 12, 1, 'e', 3)), 0)) * case when regexp_substr(merged.last_transaction_coupon, '([+-])([0-9]{2}):?([0-9]{2})?$', 12, 1, 'e', 1) = '-' then 1 else -1 end,
                    try_to_timestamp_ntz(
                        regexp_substr(merged.last_transaction_coupon, '^.{10}([T ][0-9:]{5,8}([.][0-9]{1,6})?)?'),
                        'AUTO'
                    )
                )
        end
    )
end as as_unix_timestamp
case
    when merged.last_transaction_coupon is null then cast('2025-01-01 00:00:00' as timestamp_ntz)
    when (
        regexp_like(
            merged.last_transaction_coupon,
            '[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?(Z|[+-]([01][0-9]|2[0-3])(:?[0-5][0-9])?)?)?'
        )
        and dateadd(
            'minute',
            (coalesce(try_to_number(regexp_substr(merged.last_transaction_coupon, '([+-])([0-9]{2}):?([0-9]{2})?$', 12, 1, 'e', 2)), 0) * 60 + coalesce(try_to_number(regexp_substr(merged.last_transaction_coupon, '([+-])([0-9]{2}):?([0-9]{2})?$', 12, 1, 'e', 3)), 0)) * case when regexp_substr(merged.last_transaction_coupon, '([+-])([0-9]{2}):?([0-9]{2})?$', 12, 1, 'e', 1) = '-' then 1 else -1 end,
            try_to_timestamp_ntz(
                regexp_substr(merged.last_transaction_coupon, '^.{10}([T ][0-9:]{5,8}([.][0-9]{1,6})?)?'),
                'AUTO'
            )
        )
        between cast('0001-01-01 00:00:00' as timestamp_ntz) and cast('9999-12-31 23:59:59.999999' as timestamp_ntz)
    )
        then dateadd(
            'minute',
            (coalesce(try_to_number(regexp_substr(merged.last_transaction_coupon, '([+-])([0-9]{2}):?([0-9]{2})?$', 12, 1, 'e', 2)), 0) * 60 + coalesce(try_to_number(regexp_substr(merged.last_transaction_coupon, '([+-])([0-9]{2}):?([0-9]{2})?$', 12, 1, 'e', 3)), 0)) * case when regexp_substr(merged.last_transaction_coupon, '([+-])([0-9]{2}):?([0-9]{2})?$', 12, 1, 'e', 1) = '-' then 1 else -1 end,
            try_to_timestamp_ntz(
                regexp_substr(merged.last_transaction_coupon, '^.{10}([T ][0-9:]{5,8}([.][0-9]{1,6})?)?'),
                'AUTO'
            )
        )
end as as_timestamp
coalesce(as_list_collected.collected, array_construct(cast(true as boolean))) as as_list
coalesce(as_dict_collected.collected, object_construct('none', 1)) as as_dict
when
    published.signals_copies > 1
    or published.as_bytes is distinct from computed.as_bytes
    or published.as_string is distinct from computed.as_string
    or published.as_int32 is distinct from computed.as_int32
    or published.as_int64 is distinct from computed.as_int64
    or (
        published.as_double is distinct from computed.as_double
        and coalesce(
            abs(published.as_double / nullif(greatest(abs(published.as_double), abs(computed.as_double)), 0) - computed.as_double / nullif(greatest(abs(published.as_double), abs(computed.as_double)), 0))
            > 1e-12,
            true
        )
    )
    or (
        published.as_float is distinct from computed.as_float
        and coalesce(
            abs(published.as_float / nullif(greatest(abs(published.as_float), abs(computed.as_float)), 0) - computed.as_float / nullif(greatest(abs(published.as_float), abs(computed.as_float)), 0))
            > 1e-12,
            true
        )
    )
    or published.as_bool is distinct from computed.as_bool
    or published.as_unix_timestamp is distinct from computed.as_unix_timestamp
    or published.as_timestamp is distinct from computed.as_timestamp
    or to_json(published.as_list) is distinct from to_json(computed.as_list)
    or to_json(published.as_dict) is distinct from to_json(computed.as_dict)
    then 'changed'
