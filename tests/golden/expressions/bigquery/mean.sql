-- daily_aggregates
sum(
    case
        when abs(transaction_order_total_as_number) < 1e290 then transaction_order_total_as_number
        else sign(transaction_order_total_as_number) * cast('inf' as float64)
    end
) as mean_transaction_order_total_as_number_total
sum(
    if(
        is_transaction,
        case
            when abs(transaction_order_total_as_number) < 1e290 then transaction_order_total_as_number
            else sign(transaction_order_total_as_number) * cast('inf' as float64)
        end,
        null
    )
) as mean_transaction_order_total_as_number_2_total
count(if(is_transaction, transaction_order_total_as_number, null)) as mean_transaction_order_total_as_number_2_count

-- attributes_this_run
sum(if(in_last_7_days, mean_transaction_order_total_as_number_total, null)) as mean_transaction_order_total_as_number_last_7_days_total
sum(if(in_last_7_days, mean_transaction_order_total_as_number_count, null)) as mean_transaction_order_total_as_number_last_7_days_count
if(
    abs(merged.mean_transaction_order_total_as_number_last_7_days_total / nullif(merged.mean_transaction_order_total_as_number_last_7_days_count, 0)) <= 1.7976931348623157e308,
    merged.mean_transaction_order_total_as_number_last_7_days_total
    / nullif(merged.mean_transaction_order_total_as_number_last_7_days_count, 0),
    null
) as mean_last_7_days
case
    when abs(merged.mean_transaction_order_total_as_number_2_total / nullif(merged.mean_transaction_order_total_as_number_2_count, 0)) < 1.1754943508222875e-38
        then (merged.mean_transaction_order_total_as_number_2_total / nullif(merged.mean_transaction_order_total_as_number_2_count, 0) + 9.466330862652142e-30) - 9.466330862652142e-30
    when abs(merged.mean_transaction_order_total_as_number_2_total / nullif(merged.mean_transaction_order_total_as_number_2_count, 0)) < 3.4028235677973366e38
        then merged.mean_transaction_order_total_as_number_2_total / nullif(merged.mean_transaction_order_total_as_number_2_count, 0) * 536870913e0 - (merged.mean_transaction_order_total_as_number_2_total / nullif(merged.mean_transaction_order_total_as_number_2_count, 0) * 536870913e0 - merged.mean_transaction_order_total_as_number_2_total / nullif(merged.mean_transaction_order_total_as_number_2_count, 0))
end as mean_of_lifetime
when
    published.signals_copies > 1
    or (
        published.mean_last_7_days is distinct from computed.mean_last_7_days
        and coalesce(
            abs(safe_subtract(published.mean_last_7_days, computed.mean_last_7_days))
            > 1e-12 * greatest(abs(published.mean_last_7_days), abs(computed.mean_last_7_days)),
            true
        )
    )
    or (
        published.mean_of_lifetime is distinct from computed.mean_of_lifetime
        and coalesce(
            abs(safe_subtract(published.mean_of_lifetime, computed.mean_of_lifetime))
            > 1e-12 * greatest(abs(published.mean_of_lifetime), abs(computed.mean_of_lifetime)),
            true
        )
    )
    then 'changed'
