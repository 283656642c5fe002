-- daily_aggregates
sum(
    case
        when abs(transaction_order_total_as_number) < 1e290 then transaction_order_total_as_number
        else transaction_order_total_as_number * cast('Infinity' as double precision)
    end
) as mean_transaction_order_total_as_number_total
sum(
    case
        when abs(transaction_order_total_as_number) < 1e290 then transaction_order_total_as_number
        else transaction_order_total_as_number * cast('Infinity' as double precision)
    end
) filter(
    where is_transaction
) as mean_transaction_order_total_as_number_2_total

-- attributes_this_run
case
    when not cast(merged.mean_transaction_order_total_as_number_last_7_days_total as double precision) / nullif(merged.mean_transaction_order_total_as_number_last_7_days_count, 0) in ('NaN', 'Infinity', '-Infinity')
        then merged.mean_transaction_order_total_as_number_last_7_days_total
        / nullif(merged.mean_transaction_order_total_as_number_last_7_days_count, 0)
end as mean_last_7_days
(
    select
        case
            when abs(number) <= 7.006492321624085e-46 then 0
            when abs(number) < 3.4028235677973366e38 then cast(number as real)
        end
    from (
        select
            merged.mean_transaction_order_total_as_number_2_total
            / nullif(merged.mean_transaction_order_total_as_number_2_count, 0) as number
    ) as computed
) as mean_of_lifetime
when
    published.signals_copies > 1
    or (
        published.mean_last_7_days is distinct from computed.mean_last_7_days
        and coalesce(
            abs(cast(published.mean_last_7_days as decimal) - cast(computed.mean_last_7_days as decimal))
            > 1e-12 * greatest(abs(cast(published.mean_last_7_days as decimal)), abs(cast(computed.mean_last_7_days as decimal))),
            true
        )
    )
    or published.mean_of_lifetime is distinct from computed.mean_of_lifetime
    then 'changed'
