-- daily_aggregates
(
    array_agg(transaction_coupon order by event_tstamp desc, event_id desc) filter(
        where transaction_coupon is not null
    )
)[1] as last_transaction_coupon
(
    array_agg(event_id order by event_tstamp desc, event_id desc) filter(
        where transaction_coupon is not null
    )
)[1] as last_transaction_coupon_event_id

-- attributes_this_run
(
    array_agg(
        last_transaction_coupon
        order by last_transaction_coupon_tstamp desc, last_transaction_coupon_event_id desc
    ) filter(
        where last_transaction_coupon is not null
    )
)[1] as last_transaction_coupon
coalesce(
    array_agg(fitting order by last_tstamp asc, last_event_id asc) filter(
        where fitting is not null and place <= 100
    ),
    cast(array[] as boolean[])
) as collected
case
    when merged.last_transaction_coupon is null then convert_to('none', 'UTF8')
    else convert_to(merged.last_transaction_coupon, 'UTF8')
end as as_bytes
case
    when merged.last_transaction_coupon is null then cast(-1 as int)
    else (
        select
            case
                when number = trunc(number) and number >= -2147483648 and number < 2147483648 then cast(number as int)
            end
        from (
            select
                case
                    when merged.last_transaction_coupon ~ '^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$'
                        then case
                            when jsonb_path_exists(to_jsonb(merged.last_transaction_coupon), '$.double()', silent => true)
                                then cast(merged.last_transaction_coupon as double precision)
                            when merged.last_transaction_coupon ~ '[eE]-|[.]0{250}' then 0
                        end
                end as number
        ) as computed
    )
end as as_int32
case
    when merged.last_transaction_coupon is null then cast(1099511627776 as bigint)
    when merged.last_transaction_coupon ~ '^[+-]?0*[0-9]{1,19}$'
        then (
            select
                case
                    when number >= -9223372036854775808 and number < 9223372036854775808 then cast(number as bigint)
                end
            from (select cast(merged.last_transaction_coupon as decimal) as number) as computed
        )
    else (
        select
            case
                when number = trunc(number) and number >= -9223372036854775808 and number < 9223372036854775808
                    then cast(number as bigint)
            end
        from (
            select
                case
                    when merged.last_transaction_coupon ~ '^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$'
                        then case
                            when jsonb_path_exists(to_jsonb(merged.last_transaction_coupon), '$.double()', silent => true)
                                then cast(merged.last_transaction_coupon as double precision)
                            when merged.last_transaction_coupon ~ '[eE]-|[.]0{250}' then 0
                        end
                end as number
        ) as computed
    )
end as as_int64
case
    when merged.last_transaction_coupon is null then cast(0.5e0 as double precision)
    when merged.last_transaction_coupon ~ '^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$'
        then case
            when jsonb_path_exists(to_jsonb(merged.last_transaction_coupon), '$.double()', silent => true)
                then cast(merged.last_transaction_coupon as double precision)
            when merged.last_transaction_coupon ~ '[eE]-|[.]0{250}' then 0
        end
end as as_double
case
    when merged.last_transaction_coupon is null then cast(1.0e0 as real)
    else (
        select
            case
                when abs(number) <= 7.006492321624085e-46 then 0
                when abs(number) < 3.4028235677973366e38 then cast(number as real)
            end
        from (
            select
                case
                    when merged.last_transaction_coupon ~ '^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$'
                        then case
                            when jsonb_path_exists(to_jsonb(merged.last_transaction_coupon), '$.double()', silent => true)
                                then cast(merged.last_transaction_coupon as double precision)
                            when merged.last_transaction_coupon ~ '[eE]-|[.]0{250}' then 0
                        end
                end as number
        ) as computed
    )
end as as_float
case
    when merged.last_transaction_coupon is null then cast(0 as bigint)
    else cast(
        floor(extract(epoch from case when merged.last_transaction_coupon ~ '^(?!0000)[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]+)?)?(Z|[+-]([01][0-9]|2[0-3])(:?[0-5][0-9])?)?)?$' and jsonb_path_exists(to_jsonb(left(merged.last_transaction_coupon, 10)), '$.datetime("YYYY-MM-DD")', silent => true) then case when merged.last_transaction_coupon ~ '^.{11}.*([+-])([0-9]{2}):?([0-9]{2})?$' then (select case when moment between cast('0001-01-01 00:00:00' as timestamp) and cast('9999-12-31 23:59:59.999999' as timestamp) then moment end from (select cast(regexp_substr(merged.last_transaction_coupon, '^.{10}(?:[T ][0-9:]{5,8}(?:[.][0-9]{1,6})?)?') as timestamp) - cast(regexp_replace(merged.last_transaction_coupon, '^.{11}.*([+-])([0-9]{2}):?([0-9]{2})?$', '\1\2 hours \10\3 minutes') as interval) as moment) as computed) else cast(regexp_substr(merged.last_transaction_coupon, '^.{10}(?:[T ][0-9:]{5,8}(?:[.][0-9]{1,6})?)?') as timestamp) end end))
        as bigint
    )
end as as_unix_timestamp
case
    when merged.last_transaction_coupon is null then cast('2025-01-01 00:00:00' as timestamp)
    when (
        merged.last_transaction_coupon ~ '^(?!0000)[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]+)?)?(Z|[+-]([01][0-9]|2[0-3])(:?[0-5][0-9])?)?)?$'
        and jsonb_path_exists(
            to_jsonb(left(merged.last_transaction_coupon, 10)),
            '$.datetime("YYYY-MM-DD")',
            silent => true
        )
    )
        then case
            when merged.last_transaction_coupon ~ '^.{11}.*([+-])([0-9]{2}):?([0-9]{2})?$'
                then (
                    select
                        case
                            when moment
                            between cast('0001-01-01 00:00:00' as timestamp) and cast('9999-12-31 23:59:59.999999' as timestamp)
                                then moment
                        end
                    from (
                        select
                            cast(regexp_substr(merged.last_transaction_coupon, '^.{10}(?:[T ][0-9:]{5,8}(?:[.][0-9]{1,6})?)?') as timestamp) - cast(regexp_replace(merged.last_transaction_coupon, '^.{11}.*([+-])([0-9]{2}):?([0-9]{2})?$', '\1\2 hours \10\3 minutes') as interval) as moment
                    ) as computed
                )
            else cast(
                regexp_substr(merged.last_transaction_coupon, '^.{10}(?:[T ][0-9:]{5,8}(?:[.][0-9]{1,6})?)?')
                as timestamp
            )
        end
end as as_timestamp
coalesce(as_list_collected.collected, cast(array[cast(true as boolean)] as boolean[])) as as_list
coalesce(as_dict_collected.collected, cast('{"none": 1}' as jsonb)) as as_dict
when
    published.signals_copies > 1
    or published.as_bytes is distinct from computed.as_bytes
    or published.as_string is distinct from computed.as_string
    or published.as_int32 is distinct from computed.as_int32
    or published.as_int64 is distinct from computed.as_int64
    or (
        published.as_double is distinct from computed.as_double
        and coalesce(
            abs(cast(published.as_double as decimal) - cast(computed.as_double as decimal))
            > 1e-12 * greatest(abs(cast(published.as_double as decimal)), abs(cast(computed.as_double as decimal))),
            true
        )
    )
    or published.as_float is distinct from computed.as_float
    or published.as_bool is distinct from computed.as_bool
    or published.as_unix_timestamp is distinct from computed.as_unix_timestamp
    or published.as_timestamp is distinct from computed.as_timestamp
    or published.as_list is distinct from computed.as_list
    or published.as_dict is distinct from computed.as_dict
    then 'changed'
