-- daily_aggregates
arg_min(transaction_paid_at, (event_tstamp, event_id)) filter(
    where transaction_paid_at is not null
) as first_transaction_paid_at
min(event_tstamp) filter(where transaction_paid_at is not null) as first_transaction_paid_at_tstamp
arg_min(event_id, (event_tstamp, event_id)) filter(where transaction_paid_at is not null) as first_transaction_paid_at_event_id
arg_max(transaction_paid_at, (event_tstamp, event_id)) filter(
    where transaction_paid_at is not null
) as last_transaction_paid_at
max(event_tstamp) filter(where transaction_paid_at is not null) as last_transaction_paid_at_tstamp
arg_max(event_id, (event_tstamp, event_id)) filter(where transaction_paid_at is not null) as last_transaction_paid_at_event_id

-- attributes_this_run
'domain_userid', 'orders', 'revenue', 'coupon', 'first_paid_at', 'last_paid_at', 'days_idle'
'order_value', 'has_spent', 'log_of_orders', 'cents', 'orders_per_week', 'tier', 'updated_at'
arg_min(
    first_transaction_paid_at,
    (first_transaction_paid_at_tstamp, first_transaction_paid_at_event_id)
) filter(
    where first_transaction_paid_at is not null
) as first_transaction_paid_at
max(last_seen_events) as last_seen_events
aggregated as (
case
    when nullif(merged.count_transaction, 0) is null then cast(0 as bigint)
    else try_cast(merged.count_transaction as bigint)
end as orders
case
    when merged.sum_transaction_order_total_as_number is null then cast(0 as double)
    when isfinite(try_cast(merged.sum_transaction_order_total_as_number as double))
        then try_cast(merged.sum_transaction_order_total_as_number as double)
end as revenue
case
    when regexp_full_match(
        merged.first_transaction_paid_at,
        '\d{4}-\d{2}-\d{2}([T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?)?'
    )
        then case
            when try_cast(merged.first_transaction_paid_at as timestamp)
            between cast('0001-01-01 00:00:00' as timestamp) and cast('9999-12-31 23:59:59.999999' as timestamp)
                then try_cast(merged.first_transaction_paid_at as timestamp)
        end
    when regexp_full_match(
        merged.first_transaction_paid_at,
        '\d{4}-\d{2}-\d{2}[T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?(Z|[+-]([01]\d|2[0-3])(:?[0-5]\d)?)'
    )
        then case
            when try_cast(merged.first_transaction_paid_at as timestamptz) at time zone 'UTC'
            between cast('0001-01-01 00:00:00' as timestamp) and cast('9999-12-31 23:59:59.999999' as timestamp)
                then try_cast(merged.first_transaction_paid_at as timestamptz) at time zone 'UTC'
        end
end as first_paid_at
case
    when regexp_full_match(
        merged.last_transaction_paid_at,
        '\d{4}-\d{2}-\d{2}([T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?)?'
    )
        then case
            when try_cast(merged.last_transaction_paid_at as timestamp)
            between cast('0001-01-01 00:00:00' as timestamp) and cast('9999-12-31 23:59:59.999999' as timestamp)
                then try_cast(merged.last_transaction_paid_at as timestamp)
        end
    when regexp_full_match(
        merged.last_transaction_paid_at,
        '\d{4}-\d{2}-\d{2}[T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?(Z|[+-]([01]\d|2[0-3])(:?[0-5]\d)?)'
    )
        then case
            when try_cast(merged.last_transaction_paid_at as timestamptz) at time zone 'UTC'
            between cast('0001-01-01 00:00:00' as timestamp) and cast('9999-12-31 23:59:59.999999' as timestamp)
                then try_cast(merged.last_transaction_paid_at as timestamptz) at time zone 'UTC'
        end
end as last_paid_at
derived_1 as (
-- of other attributes
case
    when isfinite(try_cast(round((revenue / nullif(cast(orders as double), 0)) * 100) / 100 as double))
        then try_cast(round((revenue / nullif(cast(orders as double), 0)) * 100) / 100 as double)
end as order_value
revenue > 0 or coupon <> 'FREE' as has_spent
case
    when isfinite(try_cast(ln(nullif(greatest(cast(orders as double) + 1, 0), 0)) as real))
        then try_cast(ln(nullif(greatest(cast(orders as double) + 1, 0), 0)) as real)
end as log_of_orders
case
    when round(coalesce(revenue, 0e0) * 100) = trunc(round(coalesce(revenue, 0e0) * 100))
        then try_cast(round(coalesce(revenue, 0e0) * 100) as bigint)
end as cents
(
    cast(orders as double)
    / nullif(cast(date_diff('microsecond', first_paid_at, last_paid_at) as double) / 86400000000, 0)
)
* 7 as orders_per_week
from aggregated
case
    when order_value >= 100 then 'high'
    when revenue > 20 and coupon is null then 'middle'
    else 'low'
end as tier
from derived_1
when
    published.signals_copies > 1
    or published.orders is distinct from computed.orders
    or (
        published.revenue is distinct from computed.revenue
        and coalesce(
            abs(published.revenue - computed.revenue)
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
            abs(published.order_value - computed.order_value)
            > 1e-12 * greatest(abs(published.order_value), abs(computed.order_value)),
            true
        )
    )
    or published.has_spent is distinct from computed.has_spent
    or (
        published.log_of_orders is distinct from computed.log_of_orders
        and coalesce(
            abs(published.log_of_orders - computed.log_of_orders)
            > 1e-12 * greatest(abs(published.log_of_orders), abs(computed.log_of_orders)),
            true
        )
    )
    or published.cents is distinct from computed.cents
    or (
        published.orders_per_week is distinct from computed.orders_per_week
        and coalesce(
            abs(published.orders_per_week - computed.orders_per_week)
            > 1e-12 * greatest(abs(published.orders_per_week), abs(computed.orders_per_week)),
            true
        )
    )
    or published.tier is distinct from computed.tier
    then 'changed'
