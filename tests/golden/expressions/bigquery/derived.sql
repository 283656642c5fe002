-- daily_aggregates
array_agg(if(transaction_paid_at is not null, transaction_paid_at, null) ignore nulls order by event_tstamp, event_id limit 1)[safe_offset(0)] as first_transaction_paid_at
min(if(transaction_paid_at is not null, event_tstamp, null)) as first_transaction_paid_at_tstamp
array_agg(if(transaction_paid_at is not null, event_id, null) ignore nulls order by event_tstamp, event_id limit 1)[safe_offset(0)] as first_transaction_paid_at_event_id
array_agg(if(transaction_paid_at is not null, transaction_paid_at, null) ignore nulls order by event_tstamp desc, event_id desc limit 1)[safe_offset(0)] as last_transaction_paid_at
max(if(transaction_paid_at is not null, event_tstamp, null)) as last_transaction_paid_at_tstamp
array_agg(if(transaction_paid_at is not null, event_id, null) ignore nulls order by event_tstamp desc, event_id desc limit 1)[safe_offset(0)] as last_transaction_paid_at_event_id

-- attributes_this_run
array_agg(if(first_transaction_paid_at is not null, first_transaction_paid_at, null) ignore nulls order by first_transaction_paid_at_tstamp, first_transaction_paid_at_event_id limit 1)[safe_offset(0)] as first_transaction_paid_at
case
    when nullif(merged.count_transaction, 0) is null then cast(0 as int64)
    else cast(merged.count_transaction as int64)
end as orders
case
    when merged.sum_transaction_order_total_as_number is null then cast(0 as float64)
    else if(
        abs(merged.sum_transaction_order_total_as_number) <= 1.7976931348623157e308,
        merged.sum_transaction_order_total_as_number,
        null
    )
end as revenue
if(
    regexp_contains(
        merged.first_transaction_paid_at,
        '^(?:\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])([T ]([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d(\\.\\d+)?)?(Z|[+-]([01]\\d|2[0-3])(:?[0-5]\\d)?)?)?)\\z'
    ),
    safe.datetime_sub(
        safe.datetime_sub(
            safe_cast(
                regexp_replace(
                    regexp_extract(merged.first_transaction_paid_at, '^.{10}(?:[T ][0-9:]{5,8}(?:[.][0-9]{1,6})?)?'),
                    '^(.{16})\\z',
                    '\\1:00'
                )
                as datetime
            ),
            interval (div(coalesce(safe_cast(rpad(replace(regexp_extract(merged.first_transaction_paid_at, '^.{11}.*([+-][0-9]{2}:?(?:[0-9]{2})?)\\z'), ':', ''), 5, '0') as int64), 0), 100)) hour
        ),
        interval (mod(coalesce(safe_cast(rpad(replace(regexp_extract(merged.first_transaction_paid_at, '^.{11}.*([+-][0-9]{2}:?(?:[0-9]{2})?)\\z'), ':', ''), 5, '0') as int64), 0), 100)) minute
    ),
    null
) as first_paid_at
if(
    regexp_contains(
        merged.last_transaction_paid_at,
        '^(?:\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])([T ]([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d(\\.\\d+)?)?(Z|[+-]([01]\\d|2[0-3])(:?[0-5]\\d)?)?)?)\\z'
    ),
    safe.datetime_sub(
        safe.datetime_sub(
            safe_cast(
                regexp_replace(
                    regexp_extract(merged.last_transaction_paid_at, '^.{10}(?:[T ][0-9:]{5,8}(?:[.][0-9]{1,6})?)?'),
                    '^(.{16})\\z',
                    '\\1:00'
                )
                as datetime
            ),
            interval (div(coalesce(safe_cast(rpad(replace(regexp_extract(merged.last_transaction_paid_at, '^.{11}.*([+-][0-9]{2}:?(?:[0-9]{2})?)\\z'), ':', ''), 5, '0') as int64), 0), 100)) hour
        ),
        interval (mod(coalesce(safe_cast(rpad(replace(regexp_extract(merged.last_transaction_paid_at, '^.{11}.*([+-][0-9]{2}:?(?:[0-9]{2})?)\\z'), ':', ''), 5, '0') as int64), 0), 100)) minute
    ),
    null
) as last_paid_at
round(safe_multiply(revenue / nullif(cast(orders as float64), 0), 100)) / 100 as order_value
case
    when abs(ln(nullif(greatest(cast(orders as float64) + 1, 0), 0))) < 1.1754943508222875e-38
        then (ln(nullif(greatest(cast(orders as float64) + 1, 0), 0)) + 9.466330862652142e-30)
        - 9.466330862652142e-30
    when abs(ln(nullif(greatest(cast(orders as float64) + 1, 0), 0))) < 3.4028235677973366e38
        then ln(nullif(greatest(cast(orders as float64) + 1, 0), 0)) * 536870913e0
        - (
            ln(nullif(greatest(cast(orders as float64) + 1, 0), 0)) * 536870913e0
            - ln(nullif(greatest(cast(orders as float64) + 1, 0), 0))
        )
end as log_of_orders
if(
    round(safe_multiply(coalesce(revenue, 0e0), 100))
    = trunc(round(safe_multiply(coalesce(revenue, 0e0), 100)))
    and round(safe_multiply(coalesce(revenue, 0e0), 100)) >= -9223372036854775808e0
    and round(safe_multiply(coalesce(revenue, 0e0), 100)) < 9223372036854775808e0,
    safe_cast(round(safe_multiply(coalesce(revenue, 0e0), 100)) as int64),
    null
) as cents
(
    cast(orders as float64)
    / nullif(
        cast(datetime_diff(last_paid_at, first_paid_at, microsecond) as float64) / 86400000000,
        0
    )
)
when
    published.signals_copies > 1
    or published.orders is distinct from computed.orders
    or (
        published.revenue is distinct from computed.revenue
        and coalesce(
            abs(safe_subtract(published.revenue, computed.revenue))
            > 1e-12 * greatest(abs(published.revenue), abs(computed.revenue)),
            true
        )
    )
    or published.coupon is distinct from computed.coupon
    or published.first_paid_at is distinct from computed.first_paid_at
    or published.last_paid_at is distinct from computed.last_paid_at
    or published.days_idle is distinct from computed.days_idle
    or (
        published.order_value is distinct from computed.order_value
        and coalesce(
            abs(safe_subtract(published.order_value, computed.order_value))
            > 1e-12 * greatest(abs(published.order_value), abs(computed.order_value)),
            true
        )
    )
    or published.has_spent is distinct from computed.has_spent
    or (
        published.log_of_orders is distinct from computed.log_of_orders
        and coalesce(
            abs(safe_subtract(published.log_of_orders, computed.log_of_orders))
            > 1e-12 * greatest(abs(published.log_of_orders), abs(computed.log_of_orders)),
            true
        )
    )
    or published.cents is distinct from computed.cents
    or (
        published.orders_per_week is distinct from computed.orders_per_week
        and coalesce(
            abs(safe_subtract(published.orders_per_week, computed.orders_per_week))
            > 1e-12 * greatest(abs(published.orders_per_week), abs(computed.orders_per_week)),
            true
        )
    )
    or published.tier is distinct from computed.tier
    then 'changed'
