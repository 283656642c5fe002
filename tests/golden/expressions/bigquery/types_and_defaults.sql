-- daily_aggregates
array_agg(if(transaction_coupon is not null, transaction_coupon, null) ignore nulls order by event_tstamp desc, event_id desc limit 1)[safe_offset(0)] as last_transaction_coupon
max(if(transaction_coupon is not null, event_tstamp, null)) as last_transaction_coupon_tstamp
array_agg(if(transaction_coupon is not null, event_id, null) ignore nulls order by event_tstamp desc, event_id desc limit 1)[safe_offset(0)] as last_transaction_coupon_event_id

-- attributes_this_run
array_agg(if(last_transaction_coupon is not null, last_transaction_coupon, null) ignore nulls order by last_transaction_coupon_tstamp desc, last_transaction_coupon_event_id desc limit 1)[safe_offset(0)] as last_transaction_coupon
coalesce(
    array_agg(if(fitting is not null and place <= 100, fitting, null) ignore nulls order by last_tstamp asc, last_event_id asc),
    array<bool>[]
) as collected
safe_cast(value as bool) as fitting
case
    when merged.last_transaction_coupon is null then cast('none' as bytes)
    else cast(merged.last_transaction_coupon as bytes)
end as as_bytes
coalesce(merged.last_transaction_coupon, cast('' as string)) as as_string
case
    when merged.last_transaction_coupon is null then cast(-1 as int64)
    when regexp_contains(merged.last_transaction_coupon, '^(?:[+-]?\\d+)\\z')
        then if(
            safe_cast(merged.last_transaction_coupon as int64) between -2147483648 and 2147483647,
            safe_cast(merged.last_transaction_coupon as int64),
            null
        )
    when regexp_contains(
        merged.last_transaction_coupon,
        '^(?:[+-]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d+)?)\\z'
    )
        then if(
            safe_cast(merged.last_transaction_coupon as float64)
            = trunc(safe_cast(merged.last_transaction_coupon as float64))
            and safe_cast(merged.last_transaction_coupon as float64) >= -2147483648e0
            and safe_cast(merged.last_transaction_coupon as float64) < 2147483648e0,
            safe_cast(safe_cast(merged.last_transaction_coupon as float64) as int64),
            null
        )
end as as_int32
case
    when merged.last_transaction_coupon is null then cast(1099511627776 as int64)
    when regexp_contains(merged.last_transaction_coupon, '^(?:[+-]?\\d+)\\z')
        then safe_cast(merged.last_transaction_coupon as int64)
    when regexp_contains(
        merged.last_transaction_coupon,
        '^(?:[+-]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d+)?)\\z'
    )
        then if(
            safe_cast(merged.last_transaction_coupon as float64)
            = trunc(safe_cast(merged.last_transaction_coupon as float64))
            and safe_cast(merged.last_transaction_coupon as float64) >= -9223372036854775808e0
            and safe_cast(merged.last_transaction_coupon as float64) < 9223372036854775808e0,
            safe_cast(safe_cast(merged.last_transaction_coupon as float64) as int64),
            null
        )
end as as_int64
case
    when merged.last_transaction_coupon is null then cast(0.5e0 as float64)
    else if(
        regexp_contains(
            merged.last_transaction_coupon,
            '^(?:[+-]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d+)?)\\z'
        )
        and abs(safe_cast(merged.last_transaction_coupon as float64)) <= 1.7976931348623157e308,
        safe_cast(merged.last_transaction_coupon as float64),
        null
    )
end as as_double
case
    when merged.last_transaction_coupon is null then cast(1.0e0 as float64)
    else if(
        regexp_contains(
            merged.last_transaction_coupon,
            '^(?:[+-]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d+)?)\\z'
        ),
        case
            when abs(safe_cast(merged.last_transaction_coupon as float64)) < 1.1754943508222875e-38
                then (safe_cast(merged.last_transaction_coupon as float64) + 9.466330862652142e-30) - 9.466330862652142e-30
            when abs(safe_cast(merged.last_transaction_coupon as float64)) < 3.4028235677973366e38
                then safe_cast(merged.last_transaction_coupon as float64) * 536870913e0 - (safe_cast(merged.last_transaction_coupon as float64) * 536870913e0 - safe_cast(merged.last_transaction_coupon as float64))
        end,
        null
    )
end as as_float
case
    when merged.last_transaction_coupon is null then cast(false as bool)
    else safe_cast(merged.last_transaction_coupon as bool)
end as as_bool
case
    when merged.last_transaction_coupon is null then cast(0 as int64)
    else unix_seconds(
        timestamp(
            if(
                regexp_contains(
                    merged.last_transaction_coupon,
                    '^(?:\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])([T ]([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d(\\.\\d+)?)?(Z|[+-]([01]\\d|2[0-3])(:?[0-5]\\d)?)?)?)\\z'
                ),
                safe.datetime_sub(
                    safe.datetime_sub(
                        safe_cast(
                            regexp_replace(
                                regexp_extract(merged.last_transaction_coupon, '^.{10}(?:[T ][0-9:]{5,8}(?:[.][0-9]{1,6})?)?'),
                                '^(.{16})\\z',
                                '\\1:00'
                            )
                            as datetime
                        ),
                        interval (div(coalesce(safe_cast(rpad(replace(regexp_extract(merged.last_transaction_coupon, '^.{11}.*([+-][0-9]{2}:?(?:[0-9]{2})?)\\z'), ':', ''), 5, '0') as int64), 0), 100)) hour
                    ),
                    interval (mod(coalesce(safe_cast(rpad(replace(regexp_extract(merged.last_transaction_coupon, '^.{11}.*([+-][0-9]{2}:?(?:[0-9]{2})?)\\z'), ':', ''), 5, '0') as int64), 0), 100)) minute
                ),
                null
            ),
            'UTC'
        )
    )
end as as_unix_timestamp
case
    when merged.last_transaction_coupon is null then cast('2025-01-01 00:00:00' as datetime)
    else if(
        regexp_contains(
            merged.last_transaction_coupon,
            '^(?:\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])([T ]([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d(\\.\\d+)?)?(Z|[+-]([01]\\d|2[0-3])(:?[0-5]\\d)?)?)?)\\z'
        ),
        safe.datetime_sub(
            safe.datetime_sub(
                safe_cast(
                    regexp_replace(
                        regexp_extract(merged.last_transaction_coupon, '^.{10}(?:[T ][0-9:]{5,8}(?:[.][0-9]{1,6})?)?'),
                        '^(.{16})\\z',
                        '\\1:00'
                    )
                    as datetime
                ),
                interval (div(coalesce(safe_cast(rpad(replace(regexp_extract(merged.last_transaction_coupon, '^.{11}.*([+-][0-9]{2}:?(?:[0-9]{2})?)\\z'), ':', ''), 5, '0') as int64), 0), 100)) hour
            ),
            interval (mod(coalesce(safe_cast(rpad(replace(regexp_extract(merged.last_transaction_coupon, '^.{11}.*([+-][0-9]{2}:?(?:[0-9]{2})?)\\z'), ':', ''), 5, '0') as int64), 0), 100)) minute
        ),
        null
    )
end as as_timestamp
coalesce(as_list_collected.collected, array<bool>[cast(true as bool)]) as as_list
coalesce(as_dict_collected.collected, array<struct<key string, value int64>>[('none', 1)]) as as_dict
when
    published.signals_copies > 1
    or published.as_bytes is distinct from computed.as_bytes
    or published.as_string is distinct from computed.as_string
    or published.as_int32 is distinct from computed.as_int32
    or published.as_int64 is distinct from computed.as_int64
    or (
        published.as_double is distinct from computed.as_double
        and coalesce(
            abs(safe_subtract(published.as_double, computed.as_double))
            > 1e-12 * greatest(abs(published.as_double), abs(computed.as_double)),
            true
        )
    )
    or (
        published.as_float is distinct from computed.as_float
        and coalesce(
            abs(safe_subtract(published.as_float, computed.as_float))
            > 1e-12 * greatest(abs(published.as_float), abs(computed.as_float)),
            true
        )
    )
    or published.as_bool is distinct from computed.as_bool
    or published.as_unix_timestamp is distinct from computed.as_unix_timestamp
    or published.as_timestamp is distinct from computed.as_timestamp
    or to_json_string(published.as_list) is distinct from to_json_string(computed.as_list)
    or to_json_string(published.as_dict) is distinct from to_json_string(computed.as_dict)
    then 'changed'
