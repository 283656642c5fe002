-- daily_aggregates
(
    array_agg(transaction_paid_at order by event_tstamp, event_id) filter(
        where transaction_paid_at is not null
    )
)[1] as first_transaction_paid_at
(
    array_agg(event_id order by event_tstamp, event_id) filter(
        where transaction_paid_at is not null
    )
)[1] as first_transaction_paid_at_event_id
(
    array_agg(transaction_paid_at order by event_tstamp desc, event_id desc) filter(
        where transaction_paid_at is not null
    )
)[1] as last_transaction_paid_at
(
    array_agg(event_id order by event_tstamp desc, event_id desc) filter(
        where transaction_paid_at is not null
    )
)[1] as last_transaction_paid_at_event_id

-- attributes_this_run
(
    array_agg(
        first_transaction_paid_at
        order by first_transaction_paid_at_tstamp, first_transaction_paid_at_event_id
    ) filter(
        where first_transaction_paid_at is not null
    )
)[1] as first_transaction_paid_at
case
    when nullif(merged.count_transaction, 0) is null then cast(0 as bigint)
    else cast(merged.count_transaction as bigint)
end as orders
case
    when merged.sum_transaction_order_total_as_number is null then cast(0 as double precision)
    when not merged.sum_transaction_order_total_as_number in ('NaN', 'Infinity', '-Infinity')
        then merged.sum_transaction_order_total_as_number
end as revenue
case
    when (
        merged.first_transaction_paid_at ~ '^(?!0000)[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]+)?)?(Z|[+-]([01][0-9]|2[0-3])(:?[0-5][0-9])?)?)?$'
        and jsonb_path_exists(
            to_jsonb(left(merged.first_transaction_paid_at, 10)),
            '$.datetime("YYYY-MM-DD")',
            silent => true
        )
    )
        then case
            when merged.first_transaction_paid_at ~ '^.{11}.*([+-])([0-9]{2}):?([0-9]{2})?$'
                then (
                    select
                        case
                            when moment
                            between cast('0001-01-01 00:00:00' as timestamp) and cast('9999-12-31 23:59:59.999999' as timestamp)
                                then moment
                        end
                    from (
                        select
                            cast(regexp_substr(merged.first_transaction_paid_at, '^.{10}(?:[T ][0-9:]{5,8}(?:[.][0-9]{1,6})?)?') as timestamp) - cast(regexp_replace(merged.first_transaction_paid_at, '^.{11}.*([+-])([0-9]{2}):?([0-9]{2})?$', '\1\2 hours \10\3 minutes') as interval) as moment
                    ) as computed
                )
            else cast(
                regexp_substr(merged.first_transaction_paid_at, '^.{10}(?:[T ][0-9:]{5,8}(?:[.][0-9]{1,6})?)?')
                as timestamp
            )
        end
end as first_paid_at
case
    when (
        merged.last_transaction_paid_at ~ '^(?!0000)[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]+)?)?(Z|[+-]([01][0-9]|2[0-3])(:?[0-5][0-9])?)?)?$'
        and jsonb_path_exists(
            to_jsonb(left(merged.last_transaction_paid_at, 10)),
            '$.datetime("YYYY-MM-DD")',
            silent => true
        )
    )
        then case
            when merged.last_transaction_paid_at ~ '^.{11}.*([+-])([0-9]{2}):?([0-9]{2})?$'
                then (
                    select
                        case
                            when moment
                            between cast('0001-01-01 00:00:00' as timestamp) and cast('9999-12-31 23:59:59.999999' as timestamp)
                                then moment
                        end
                    from (
                        select
                            cast(regexp_substr(merged.last_transaction_paid_at, '^.{10}(?:[T ][0-9:]{5,8}(?:[.][0-9]{1,6})?)?') as timestamp) - cast(regexp_replace(merged.last_transaction_paid_at, '^.{11}.*([+-])([0-9]{2}):?([0-9]{2})?$', '\1\2 hours \10\3 minutes') as interval) as moment
                    ) as computed
                )
            else cast(
                regexp_substr(merged.last_transaction_paid_at, '^.{10}(?:[T ][0-9:]{5,8}(?:[.][0-9]{1,6})?)?')
                as timestamp
            )
        end
end as last_paid_at
(
    select
        trunc(number) + trunc(2 * (number - trunc(number)))
    from (
        select
            (
                select
                    case
                        when abs(cast(one as decimal) * cast(other as decimal)) >= 1.79769313486231e308 then null
                        when abs(cast(one as decimal) * cast(other as decimal)) < 2.4704e-324 then 0
                        else one * other
                    end
                from (
                    select
                        (
                            case when abs(revenue) < 1e-270 then 0 else revenue end
                            / nullif(cast(orders as double precision), 0)
                        ) as one,
                        100 as other
                ) as operands
            ) as number
    ) as computed
)
/ 100 as order_value
(
    select
        case
            when abs(number) <= 7.006492321624085e-46 then 0
            when abs(number) < 3.4028235677973366e38 then cast(number as real)
        end
    from (select ln(nullif(greatest(cast(orders as double precision) + 1, 0), 0)) as number) as computed
) as log_of_orders
(
    select
        case
            when number = trunc(number) and number >= -9223372036854775808 and number < 9223372036854775808
                then cast(number as bigint)
        end
    from (
        select
            (
                select
                    trunc(number) + trunc(2 * (number - trunc(number)))
                from (
                    select
                        (
                            select
                                case
                                    when abs(cast(one as decimal) * cast(other as decimal)) >= 1.79769313486231e308 then null
                                    when abs(cast(one as decimal) * cast(other as decimal)) < 2.4704e-324 then 0
                                    else one * other
                                end
                            from (select coalesce(revenue, cast(0.0e0 as double precision)) as one, 100 as other) as operands
                        ) as number
                ) as computed
            ) as number
    ) as computed
) as cents
(
    cast(orders as double precision)
    / nullif(
        cast(
            cast(extract(epoch from (last_paid_at - first_paid_at)) * 1000000 as bigint)
            as double precision
        )
        / 86400000000,
        0
    )
)
when
    published.signals_copies > 1
    or published.orders is distinct from computed.orders
    or (
        published.revenue is distinct from computed.revenue
        and coalesce(
            abs(cast(published.revenue as decimal) - cast(computed.revenue as decimal))
            > 1e-12 * greatest(abs(cast(published.revenue as decimal)), abs(cast(computed.revenue as decimal))),
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
            abs(cast(published.order_value as decimal) - cast(computed.order_value as decimal))
            > 1e-12 * greatest(abs(cast(published.order_value as decimal)), abs(cast(computed.order_value as decimal))),
            true
        )
    )
    or published.has_spent is distinct from computed.has_spent
    or published.log_of_orders is distinct from computed.log_of_orders
    or published.cents is distinct from computed.cents
    or (
        published.orders_per_week is distinct from computed.orders_per_week
        and coalesce(
            abs(cast(published.orders_per_week as decimal) - cast(computed.orders_per_week as decimal))
            > 1e-12 * greatest(abs(cast(published.orders_per_week as decimal)), abs(cast(computed.orders_per_week as decimal))),
            true
        )
    )
    or published.tier is distinct from computed.tier
    then 'changed'
