-- daily_aggregates
arg_max(transaction_coupon, (event_tstamp, event_id)) filter(
    where transaction_coupon is not null
) as last_transaction_coupon
max(event_tstamp) filter(where transaction_coupon is not null) as last_transaction_coupon_tstamp
arg_max(event_id, (event_tstamp, event_id)) filter(where transaction_coupon is not null) as last_transaction_coupon_event_id

-- daily_values
-- for as_list, as_dict
where transaction_coupon is not null

-- attributes_this_run
'domain_userid', 'as_bytes', 'as_string', 'as_int32', 'as_int64', 'as_double', 'as_float'
'as_bool', 'as_unix_timestamp', 'as_timestamp', 'as_list', 'as_dict', 'updated_at'
arg_max(
    last_transaction_coupon,
    (last_transaction_coupon_tstamp, last_transaction_coupon_event_id)
) filter(
    where last_transaction_coupon is not null
) as last_transaction_coupon
as_list_collected as (
coalesce(
    list(fitting order by last_tstamp asc, last_event_id asc) filter(
        where fitting is not null and place <= 100
    ),
    cast([] as boolean[])
) as collected
case when lower(value) = 'true' then true when lower(value) = 'false' then false end as fitting
as_dict_collected as (
case
    when merged.last_transaction_coupon is null then encode('none')
    else encode(merged.last_transaction_coupon)
end as as_bytes
coalesce(merged.last_transaction_coupon, cast('' as text)) as as_string
case
    when merged.last_transaction_coupon is null then cast(-1 as int)
    when regexp_full_match(merged.last_transaction_coupon, '[+-]?\d+')
        then try_cast(merged.last_transaction_coupon as int)
    when (
        regexp_full_match(merged.last_transaction_coupon, '[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?')
        and try_cast(merged.last_transaction_coupon as double)
        = trunc(try_cast(merged.last_transaction_coupon as double))
    )
        then try_cast(try_cast(merged.last_transaction_coupon as double) as int)
end as as_int32
case
    when merged.last_transaction_coupon is null then cast(1099511627776 as bigint)
    when regexp_full_match(merged.last_transaction_coupon, '[+-]?\d+')
        then try_cast(merged.last_transaction_coupon as bigint)
    when (
        regexp_full_match(merged.last_transaction_coupon, '[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?')
        and try_cast(merged.last_transaction_coupon as double)
        = trunc(try_cast(merged.last_transaction_coupon as double))
    )
        then try_cast(try_cast(merged.last_transaction_coupon as double) as bigint)
end as as_int64
case
    when merged.last_transaction_coupon is null then cast(0.5e0 as double)
    when (
        regexp_full_match(merged.last_transaction_coupon, '[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?')
        and isfinite(try_cast(merged.last_transaction_coupon as double))
    )
        then try_cast(merged.last_transaction_coupon as double)
end as as_double
case
    when merged.last_transaction_coupon is null then cast(1.0e0 as real)
    when (
        regexp_full_match(merged.last_transaction_coupon, '[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?')
        and isfinite(try_cast(try_cast(merged.last_transaction_coupon as double) as real))
    )
        then try_cast(try_cast(merged.last_transaction_coupon as double) as real)
end as as_float
case
    when merged.last_transaction_coupon is null then cast(false as boolean)
    when lower(merged.last_transaction_coupon) = 'true' then true
    when lower(merged.last_transaction_coupon) = 'false' then false
end as as_bool
case
    when merged.last_transaction_coupon is null then cast(0 as bigint)
    else cast(
        epoch(
            date_trunc(
                'second',
                case
                    when regexp_full_match(
                        merged.last_transaction_coupon,
                        '\d{4}-\d{2}-\d{2}([T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?)?'
                    )
                        then case
                            when try_cast(merged.last_transaction_coupon as timestamp)
                            between cast('0001-01-01 00:00:00' as timestamp) and cast('9999-12-31 23:59:59.999999' as timestamp)
                                then try_cast(merged.last_transaction_coupon as timestamp)
                        end
                    when regexp_full_match(
                        merged.last_transaction_coupon,
                        '\d{4}-\d{2}-\d{2}[T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?(Z|[+-]([01]\d|2[0-3])(:?[0-5]\d)?)'
                    )
                        then case
                            when try_cast(merged.last_transaction_coupon as timestamptz) at time zone 'UTC'
                            between cast('0001-01-01 00:00:00' as timestamp) and cast('9999-12-31 23:59:59.999999' as timestamp)
                                then try_cast(merged.last_transaction_coupon as timestamptz) at time zone 'UTC'
                        end
                end
            )
        )
        as bigint
    )
end as as_unix_timestamp
case
    when merged.last_transaction_coupon is null then cast('2025-01-01 00:00:00' as timestamp)
    when regexp_full_match(
        merged.last_transaction_coupon,
        '\d{4}-\d{2}-\d{2}([T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?)?'
    )
        then case
            when try_cast(merged.last_transaction_coupon as timestamp)
            between cast('0001-01-01 00:00:00' as timestamp) and cast('9999-12-31 23:59:59.999999' as timestamp)
                then try_cast(merged.last_transaction_coupon as timestamp)
        end
    when regexp_full_match(
        merged.last_transaction_coupon,
        '\d{4}-\d{2}-\d{2}[T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?(Z|[+-]([01]\d|2[0-3])(:?[0-5]\d)?)'
    )
        then case
            when try_cast(merged.last_transaction_coupon as timestamptz) at time zone 'UTC'
            between cast('0001-01-01 00:00:00' as timestamp) and cast('9999-12-31 23:59:59.999999' as timestamp)
                then try_cast(merged.last_transaction_coupon as timestamptz) at time zone 'UTC'
        end
end as as_timestamp
coalesce(as_list_collected.collected, cast([cast(true as boolean)] as boolean[])) as as_list
coalesce(as_dict_collected.collected, cast(map(['none'], [1]) as map(text, bigint))) as as_dict
left join as_list_collected on as_list_collected.domain_userid = merged.domain_userid
left join as_dict_collected on as_dict_collected.domain_userid = merged.domain_userid
when
    published.signals_copies > 1
    or published.as_bytes is distinct from computed.as_bytes
    or published.as_string is distinct from computed.as_string
    or published.as_int32 is distinct from computed.as_int32
    or published.as_int64 is distinct from computed.as_int64
    or (
        published.as_double is distinct from computed.as_double
        and coalesce(
            abs(published.as_double - computed.as_double)
            > 1e-12 * greatest(abs(published.as_double), abs(computed.as_double)),
            true
        )
    )
    or (
        published.as_float is distinct from computed.as_float
        and coalesce(
            abs(published.as_float - computed.as_float)
            > 1e-12 * greatest(abs(published.as_float), abs(computed.as_float)),
            true
        )
    )
    or published.as_bool is distinct from computed.as_bool
    or published.as_unix_timestamp is distinct from computed.as_unix_timestamp
    or published.as_timestamp is distinct from computed.as_timestamp
    or published.as_list is distinct from computed.as_list
    or published.as_dict is distinct from computed.as_dict
    then 'changed'
