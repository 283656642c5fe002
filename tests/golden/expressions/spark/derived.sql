-- daily_aggregates
min_by(transaction_paid_at, struct(event_tstamp, event_id)) filter(
    where transaction_paid_at is not null
) as first_transaction_paid_at
min_by(event_id, struct(event_tstamp, event_id)) filter(where transaction_paid_at is not null) as first_transaction_paid_at_event_id
max_by(transaction_paid_at, struct(event_tstamp, event_id)) filter(
    where transaction_paid_at is not null
) as last_transaction_paid_at
max_by(event_id, struct(event_tstamp, event_id)) filter(where transaction_paid_at is not null) as last_transaction_paid_at_event_id

-- attributes_this_run
min_by(
    first_transaction_paid_at,
    struct(first_transaction_paid_at_tstamp, first_transaction_paid_at_event_id)
) filter(
    where first_transaction_paid_at is not null
) as first_transaction_paid_at
case
    when merged.sum_transaction_order_total_as_number is null then cast(0 as double)
    when abs(cast(merged.sum_transaction_order_total_as_number as double)) < double('infinity')
        then cast(merged.sum_transaction_order_total_as_number as double)
end as revenue
case
    when regexp_like(merged.first_transaction_paid_at, '^(?:\\d{4}-\\d{2}-\\d{2}([T ]([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d(\\.\\d+)?)?)?)\\z')
        then case
            when try_cast(merged.first_transaction_paid_at as timestamp_ntz)
            between cast('0001-01-01 00:00:00' as timestamp_ntz) and cast('9999-12-31 23:59:59.999999' as timestamp_ntz)
                then try_cast(merged.first_transaction_paid_at as timestamp_ntz)
        end
    when regexp_like(merged.first_transaction_paid_at, '^(?:\\d{4}-\\d{2}-\\d{2}[T ]([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d(\\.\\d+)?)?(Z|[+-]([01]\\d|2[0-3])(:?[0-5]\\d)?))\\z')
        then case
            when try_cast(regexp_extract(merged.first_transaction_paid_at, '^(.{10}[T ][0-9:]{5,8}(?:[.][0-9]+)?)', 1) as timestamp_ntz) - (make_dt_interval(0, coalesce(try_cast(regexp_extract(merged.first_transaction_paid_at, '([+-])([0-9]{2}):?([0-9]{2})?$', 2) as int), 0), coalesce(try_cast(regexp_extract(merged.first_transaction_paid_at, '([+-])([0-9]{2}):?([0-9]{2})?$', 3) as int), 0)) * case when regexp_extract(merged.first_transaction_paid_at, '([+-])([0-9]{2}):?([0-9]{2})?$', 1) = '-' then -1 else 1 end)
            between cast('0001-01-01 00:00:00' as timestamp_ntz) and cast('9999-12-31 23:59:59.999999' as timestamp_ntz)
                then try_cast(regexp_extract(merged.first_transaction_paid_at, '^(.{10}[T ][0-9:]{5,8}(?:[.][0-9]+)?)', 1) as timestamp_ntz) - (make_dt_interval(0, coalesce(try_cast(regexp_extract(merged.first_transaction_paid_at, '([+-])([0-9]{2}):?([0-9]{2})?$', 2) as int), 0), coalesce(try_cast(regexp_extract(merged.first_transaction_paid_at, '([+-])([0-9]{2}):?([0-9]{2})?$', 3) as int), 0)) * case when regexp_extract(merged.first_transaction_paid_at, '([+-])([0-9]{2}):?([0-9]{2})?$', 1) = '-' then -1 else 1 end)
        end
end as first_paid_at
case
    when regexp_like(merged.last_transaction_paid_at, '^(?:\\d{4}-\\d{2}-\\d{2}([T ]([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d(\\.\\d+)?)?)?)\\z')
        then case
            when try_cast(merged.last_transaction_paid_at as timestamp_ntz)
            between cast('0001-01-01 00:00:00' as timestamp_ntz) and cast('9999-12-31 23:59:59.999999' as timestamp_ntz)
                then try_cast(merged.last_transaction_paid_at as timestamp_ntz)
        end
    when regexp_like(merged.last_transaction_paid_at, '^(?:\\d{4}-\\d{2}-\\d{2}[T ]([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d(\\.\\d+)?)?(Z|[+-]([01]\\d|2[0-3])(:?[0-5]\\d)?))\\z')
        then case
            when try_cast(regexp_extract(merged.last_transaction_paid_at, '^(.{10}[T ][0-9:]{5,8}(?:[.][0-9]+)?)', 1) as timestamp_ntz) - (make_dt_interval(0, coalesce(try_cast(regexp_extract(merged.last_transaction_paid_at, '([+-])([0-9]{2}):?([0-9]{2})?$', 2) as int), 0), coalesce(try_cast(regexp_extract(merged.last_transaction_paid_at, '([+-])([0-9]{2}):?([0-9]{2})?$', 3) as int), 0)) * case when regexp_extract(merged.last_transaction_paid_at, '([+-])([0-9]{2}):?([0-9]{2})?$', 1) = '-' then -1 else 1 end)
            between cast('0001-01-01 00:00:00' as timestamp_ntz) and cast('9999-12-31 23:59:59.999999' as timestamp_ntz)
                then try_cast(regexp_extract(merged.last_transaction_paid_at, '^(.{10}[T ][0-9:]{5,8}(?:[.][0-9]+)?)', 1) as timestamp_ntz) - (make_dt_interval(0, coalesce(try_cast(regexp_extract(merged.last_transaction_paid_at, '([+-])([0-9]{2}):?([0-9]{2})?$', 2) as int), 0), coalesce(try_cast(regexp_extract(merged.last_transaction_paid_at, '([+-])([0-9]{2}):?([0-9]{2})?$', 3) as int), 0)) * case when regexp_extract(merged.last_transaction_paid_at, '([+-])([0-9]{2}):?([0-9]{2})?$', 1) = '-' then -1 else 1 end)
        end
end as last_paid_at
case
    when abs(cast(round((revenue / nullif(cast(orders as double), 0)) * 100) / 100 as double))
    < double('infinity')
        then cast(round((revenue / nullif(cast(orders as double), 0)) * 100) / 100 as double)
end as order_value
case
    when abs(cast(ln(nullif(greatest(cast(orders as double) + 1, 0), 0)) as float)) < double('infinity')
        then cast(ln(nullif(greatest(cast(orders as double) + 1, 0), 0)) as float)
end as log_of_orders
case
    when (
        (round(coalesce(revenue, 0e0) * 100) % 1) = 0
        and round(coalesce(revenue, 0e0) * 100) >= -9223372036854775808e0
        and round(coalesce(revenue, 0e0) * 100) < 9223372036854775808e0
    )
        then cast(round(coalesce(revenue, 0e0) * 100) as bigint)
end as cents
(
    cast(orders as double)
    / nullif(cast(timestampdiff(microsecond, first_paid_at, last_paid_at) as double) / 86400000000, 0)
)
