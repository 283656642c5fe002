-- daily_aggregates
min_by(
    transaction_paid_at,
    case
        when transaction_paid_at is not null then to_char(event_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || event_id
    end
) as first_transaction_paid_at
min(case when transaction_paid_at is not null then event_tstamp end) as first_transaction_paid_at_tstamp
min_by(
    event_id,
    case
        when transaction_paid_at is not null then to_char(event_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || event_id
    end
) as first_transaction_paid_at_event_id
max_by(
    transaction_paid_at,
    case
        when transaction_paid_at is not null then to_char(event_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || event_id
    end
) as last_transaction_paid_at
max(case when transaction_paid_at is not null then event_tstamp end) as last_transaction_paid_at_tstamp
max_by(
    event_id,
    case
        when transaction_paid_at is not null then to_char(event_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || event_id
    end
) as last_transaction_paid_at_event_id

-- attributes_this_run
min_by(
    first_transaction_paid_at,
    case
        when first_transaction_paid_at is not null
            then to_char(first_transaction_paid_at_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || first_transaction_paid_at_event_id
    end
) as first_transaction_paid_at
case
    when nullif(merged.count_transaction, 0) is null then cast(0 as number(19, 0))
    else cast(merged.count_transaction as number(19, 0))
end as orders
case
    when merged.sum_transaction_order_total_as_number is null then cast(0 as double)
    when abs(merged.sum_transaction_order_total_as_number) < to_double('inf')
        then merged.sum_transaction_order_total_as_number
end as revenue
case
    when (
        regexp_like(
            merged.first_transaction_paid_at,
            '[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?(Z|[+-]([01][0-9]|2[0-3])(:?[0-5][0-9])?)?)?'
        )
        and dateadd(
            'minute',
            (coalesce(try_to_number(regexp_substr(merged.first_transaction_paid_at, '([+-])([0-9]{2}):?([0-9]{2})?$', 12, 1, 'e', 2)), 0) * 60 + coalesce(try_to_number(regexp_substr(merged.first_transaction_paid_at, '([+-])([0-9]{2}):?([0-9]{2})?$', 12, 1, 'e', 3)), 0)) * case when regexp_substr(merged.first_transaction_paid_at, '([+-])([0-9]{2}):?([0-9]{2})?$', 12, 1, 'e', 1) = '-' then 1 else -1 end,
            try_to_timestamp_ntz(
                regexp_substr(merged.first_transaction_paid_at, '^.{10}([T ][0-9:]{5,8}([.][0-9]{1,6})?)?'),
                'AUTO'
            )
        )
        between cast('0001-01-01 00:00:00' as timestamp_ntz) and cast('9999-12-31 23:59:59.999999' as timestamp_ntz)
    )
        then dateadd(
            'minute',
            (coalesce(try_to_number(regexp_substr(merged.first_transaction_paid_at, '([+-])([0-9]{2}):?([0-9]{2})?$', 12, 1, 'e', 2)), 0) * 60 + coalesce(try_to_number(regexp_substr(merged.first_transaction_paid_at, '([+-])([0-9]{2}):?([0-9]{2})?$', 12, 1, 'e', 3)), 0)) * case when regexp_substr(merged.first_transaction_paid_at, '([+-])([0-9]{2}):?([0-9]{2})?$', 12, 1, 'e', 1) = '-' then 1 else -1 end,
            try_to_timestamp_ntz(
                regexp_substr(merged.first_transaction_paid_at, '^.{10}([T ][0-9:]{5,8}([.][0-9]{1,6})?)?'),
                'AUTO'
            )
        )
end as first_paid_at
case
    when (
        regexp_like(
            merged.last_transaction_paid_at,
            '[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?(Z|[+-]([01][0-9]|2[0-3])(:?[0-5][0-9])?)?)?'
        )
        and dateadd(
            'minute',
            (coalesce(try_to_number(regexp_substr(merged.last_transaction_paid_at, '([+-])([0-9]{2}):?([0-9]{2})?$', 12, 1, 'e', 2)), 0) * 60 + coalesce(try_to_number(regexp_substr(merged.last_transaction_paid_at, '([+-])([0-9]{2}):?([0-9]{2})?$', 12, 1, 'e', 3)), 0)) * case when regexp_substr(merged.last_transaction_paid_at, '([+-])([0-9]{2}):?([0-9]{2})?$', 12, 1, 'e', 1) = '-' then 1 else -1 end,
            try_to_timestamp_ntz(
                regexp_substr(merged.last_transaction_paid_at, '^.{10}([T ][0-9:]{5,8}([.][0-9]{1,6})?)?'),
                'AUTO'
            )
        )
        between cast('0001-01-01 00:00:00' as timestamp_ntz) and cast('9999-12-31 23:59:59.999999' as timestamp_ntz)
    )
        then dateadd(
            'minute',
            (coalesce(try_to_number(regexp_substr(merged.last_transaction_paid_at, '([+-])([0-9]{2}):?([0-9]{2})?$', 12, 1, 'e', 2)), 0) * 60 + coalesce(try_to_number(regexp_substr(merged.last_transaction_paid_at, '([+-])([0-9]{2}):?([0-9]{2})?$', 12, 1, 'e', 3)), 0)) * case when regexp_substr(merged.last_transaction_paid_at, '([+-])([0-9]{2}):?([0-9]{2})?$', 12, 1, 'e', 1) = '-' then 1 else -1 end,
            try_to_timestamp_ntz(
                regexp_substr(merged.last_transaction_paid_at, '^.{10}([T ][0-9:]{5,8}([.][0-9]{1,6})?)?'),
                'AUTO'
            )
        )
end as last_paid_at
case
    when abs(round((revenue / nullif(cast(orders as double), 0)) * 100) / 100) < to_double('inf')
        then round((revenue / nullif(cast(orders as double), 0)) * 100) / 100
end as order_value
case
    when abs(ln(nullif(greatest(cast(orders as double) + 1, 0), 0))) <= 7.006492321624085e-46 then 0e0
    when abs(ln(nullif(greatest(cast(orders as double) + 1, 0), 0))) < 3.4028235677973366e38
        then ln(nullif(greatest(cast(orders as double) + 1, 0), 0))
end as log_of_orders
case
    when (
        round(coalesce(revenue, cast(0.0e0 as double)) * 100)
        = floor(round(coalesce(revenue, cast(0.0e0 as double)) * 100))
        and (
            round(coalesce(revenue, cast(0.0e0 as double)) * 100) >= -9223372036854775808
            and round(coalesce(revenue, cast(0.0e0 as double)) * 100) < 9223372036854775808
        )
    )
        then cast(round(coalesce(revenue, cast(0.0e0 as double)) * 100) as number(19, 0))
end as cents
(
    cast(orders as double)
    / nullif(cast(datediff('microsecond', first_paid_at, last_paid_at) as double) / 86400000000, 0)
)
when
    published.signals_copies > 1
    or published.orders is distinct from computed.orders
    or (
        published.revenue is distinct from computed.revenue
        and coalesce(
            abs(published.revenue / nullif(greatest(abs(published.revenue), abs(computed.revenue)), 0) - computed.revenue / nullif(greatest(abs(published.revenue), abs(computed.revenue)), 0))
            > 1e-12,
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
            abs(published.order_value / nullif(greatest(abs(published.order_value), abs(computed.order_value)), 0) - computed.order_value / nullif(greatest(abs(published.order_value), abs(computed.order_value)), 0))
            > 1e-12,
            true
        )
    )
    or published.has_spent is distinct from computed.has_spent
    or (
        published.log_of_orders is distinct from computed.log_of_orders
        and coalesce(
            abs(published.log_of_orders / nullif(greatest(abs(published.log_of_orders), abs(computed.log_of_orders)), 0) - computed.log_of_orders / nullif(greatest(abs(published.log_of_orders), abs(computed.log_of_orders)), 0))
            > 1e-12,
            true
        )
    )
    or published.cents is distinct from computed.cents
    or (
        published.orders_per_week is distinct from computed.orders_per_week
        and coalesce(
            abs(published.orders_per_week / nullif(greatest(abs(published.orders_per_week), abs(computed.orders_per_week)), 0) - computed.orders_per_week / nullif(greatest(abs(published.orders_per_week), abs(computed.orders_per_week)), 0))
            > 1e-12,
            true
        )
    )
    or published.tier is distinct from computed.tier
    then 'changed'
