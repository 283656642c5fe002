-- daily_aggregates
max_by(transaction_coupon, struct(event_tstamp, event_id)) filter(
    where transaction_coupon is not null
) as last_transaction_coupon
max_by(event_id, struct(event_tstamp, event_id)) filter(where transaction_coupon is not null) as last_transaction_coupon_event_id

-- attributes_this_run
max_by(
    last_transaction_coupon,
    struct(last_transaction_coupon_tstamp, last_transaction_coupon_event_id)
) filter(
    where last_transaction_coupon is not null
) as last_transaction_coupon
coalesce(
    transform(
        array_sort(
            collect_list(named_struct('col1', last_tstamp, 'col2', last_event_id, 'col3', fitting)) filter(
                where fitting is not null and place <= 100
            )
        ),
        one -> one.col3
    ),
    cast(array() as array<boolean>)
) as collected
case
    when merged.last_transaction_coupon is null then cast('none' as binary)
    else cast(merged.last_transaction_coupon as binary)
end as as_bytes
coalesce(merged.last_transaction_coupon, cast('' as string)) as as_string
case
    when merged.last_transaction_coupon is null then cast(-1 as int)
    when regexp_like(merged.last_transaction_coupon, '^(?:[+-]?\\d+)\\z')
        then try_cast(merged.last_transaction_coupon as int)
    when regexp_like(merged.last_transaction_coupon, '^(?:[+-]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d+)?)\\z')
        then case
            when (
                (try_cast(merged.last_transaction_coupon as double) % 1) = 0
                and try_cast(merged.last_transaction_coupon as double) >= -2147483648e0
                and try_cast(merged.last_transaction_coupon as double) < 2147483648e0
            )
                then cast(try_cast(merged.last_transaction_coupon as double) as int)
        end
end as as_int32
case
    when merged.last_transaction_coupon is null then cast(1099511627776 as bigint)
    when regexp_like(merged.last_transaction_coupon, '^(?:[+-]?\\d+)\\z')
        then try_cast(merged.last_transaction_coupon as bigint)
    when regexp_like(merged.last_transaction_coupon, '^(?:[+-]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d+)?)\\z')
        then case
            when (
                (try_cast(merged.last_transaction_coupon as double) % 1) = 0
                and try_cast(merged.last_transaction_coupon as double) >= -9223372036854775808e0
                and try_cast(merged.last_transaction_coupon as double) < 9223372036854775808e0
            )
                then cast(try_cast(merged.last_transaction_coupon as double) as bigint)
        end
end as as_int64
case
    when merged.last_transaction_coupon is null then cast(0.5e0 as double)
    when (
        regexp_like(merged.last_transaction_coupon, '^(?:[+-]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d+)?)\\z')
        and abs(try_cast(merged.last_transaction_coupon as double)) < double('infinity')
    )
        then try_cast(merged.last_transaction_coupon as double)
end as as_double
case
    when merged.last_transaction_coupon is null then cast(1.0e0 as float)
    when (
        regexp_like(merged.last_transaction_coupon, '^(?:[+-]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d+)?)\\z')
        and abs(cast(try_cast(merged.last_transaction_coupon as double) as float)) < double('infinity')
    )
        then cast(try_cast(merged.last_transaction_coupon as double) as float)
end as as_float
case
    when merged.last_transaction_coupon is null then cast(0 as bigint)
    else cast(
        floor(cast(cast(case when regexp_like(merged.last_transaction_coupon, '^(?:\\d{4}-\\d{2}-\\d{2}([T ]([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d(\\.\\d+)?)?)?)\\z') then case when try_cast(merged.last_transaction_coupon as timestamp_ntz) between cast('0001-01-01 00:00:00' as timestamp_ntz) and cast('9999-12-31 23:59:59.999999' as timestamp_ntz) then try_cast(merged.last_transaction_coupon as timestamp_ntz) end when regexp_like(merged.last_transaction_coupon, '^(?:\\d{4}-\\d{2}-\\d{2}[T ]([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d(\\.\\d+)?)?(Z|[+-]([01]\\d|2[0-3])(:?[0-5]\\d)?))\\z') then case when try_cast(regexp_extract(merged.last_transaction_coupon, '^(.{10}[T ][0-9:]{5,8}(?:[.][0-9]+)?)', 1) as timestamp_ntz) - (make_dt_interval(0, coalesce(try_cast(regexp_extract(merged.last_transaction_coupon, '([+-])([0-9]{2}):?([0-9]{2})?$', 2) as int), 0), coalesce(try_cast(regexp_extract(merged.last_transaction_coupon, '([+-])([0-9]{2}):?([0-9]{2})?$', 3) as int), 0)) * case when regexp_extract(merged.last_transaction_coupon, '([+-])([0-9]{2}):?([0-9]{2})?$', 1) = '-' then -1 else 1 end) between cast('0001-01-01 00:00:00' as timestamp_ntz) and cast('9999-12-31 23:59:59.999999' as timestamp_ntz) then try_cast(regexp_extract(merged.last_transaction_coupon, '^(.{10}[T ][0-9:]{5,8}(?:[.][0-9]+)?)', 1) as timestamp_ntz) - (make_dt_interval(0, coalesce(try_cast(regexp_extract(merged.last_transaction_coupon, '([+-])([0-9]{2}):?([0-9]{2})?$', 2) as int), 0), coalesce(try_cast(regexp_extract(merged.last_transaction_coupon, '([+-])([0-9]{2}):?([0-9]{2})?$', 3) as int), 0)) * case when regexp_extract(merged.last_transaction_coupon, '([+-])([0-9]{2}):?([0-9]{2})?$', 1) = '-' then -1 else 1 end) end end - cast('1970-01-01 00:00:00' as timestamp_ntz) as interval second) as decimal(20, 6)))
        as bigint
    )
end as as_unix_timestamp
case
    when merged.last_transaction_coupon is null then cast('2025-01-01 00:00:00' as timestamp_ntz)
    when regexp_like(merged.last_transaction_coupon, '^(?:\\d{4}-\\d{2}-\\d{2}([T ]([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d(\\.\\d+)?)?)?)\\z')
        then case
            when try_cast(merged.last_transaction_coupon as timestamp_ntz)
            between cast('0001-01-01 00:00:00' as timestamp_ntz) and cast('9999-12-31 23:59:59.999999' as timestamp_ntz)
                then try_cast(merged.last_transaction_coupon as timestamp_ntz)
        end
    when regexp_like(merged.last_transaction_coupon, '^(?:\\d{4}-\\d{2}-\\d{2}[T ]([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d(\\.\\d+)?)?(Z|[+-]([01]\\d|2[0-3])(:?[0-5]\\d)?))\\z')
        then case
            when try_cast(regexp_extract(merged.last_transaction_coupon, '^(.{10}[T ][0-9:]{5,8}(?:[.][0-9]+)?)', 1) as timestamp_ntz) - (make_dt_interval(0, coalesce(try_cast(regexp_extract(merged.last_transaction_coupon, '([+-])([0-9]{2}):?([0-9]{2})?$', 2) as int), 0), coalesce(try_cast(regexp_extract(merged.last_transaction_coupon, '([+-])([0-9]{2}):?([0-9]{2})?$', 3) as int), 0)) * case when regexp_extract(merged.last_transaction_coupon, '([+-])([0-9]{2}):?([0-9]{2})?$', 1) = '-' then -1 else 1 end)
            between cast('0001-01-01 00:00:00' as timestamp_ntz) and cast('9999-12-31 23:59:59.999999' as timestamp_ntz)
                then try_cast(regexp_extract(merged.last_transaction_coupon, '^(.{10}[T ][0-9:]{5,8}(?:[.][0-9]+)?)', 1) as timestamp_ntz) - (make_dt_interval(0, coalesce(try_cast(regexp_extract(merged.last_transaction_coupon, '([+-])([0-9]{2}):?([0-9]{2})?$', 2) as int), 0), coalesce(try_cast(regexp_extract(merged.last_transaction_coupon, '([+-])([0-9]{2}):?([0-9]{2})?$', 3) as int), 0)) * case when regexp_extract(merged.last_transaction_coupon, '([+-])([0-9]{2}):?([0-9]{2})?$', 1) = '-' then -1 else 1 end)
        end
end as as_timestamp
coalesce(as_list_collected.collected, cast(array(cast(true as boolean)) as array<boolean>)) as as_list
coalesce(as_dict_collected.collected, cast(map('none', 1) as map<string, bigint>)) as as_dict
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
    or array_sort(map_entries(published.as_dict)) is distinct from array_sort(map_entries(computed.as_dict))
    then 'changed'
