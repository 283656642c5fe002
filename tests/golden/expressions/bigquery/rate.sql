-- daily_aggregates
countif(is_events_of_rate_last_7_days) as count_events_of_rate_last_7_days
countif(is_transaction_of_rate_of_lifetime) as count_transaction_of_rate_of_lifetime

-- attributes_this_run
sum(if(in_last_7_days, count_events_of_rate_last_7_days, null)) as count_events_of_rate_last_7_days_last_7_days
cast(merged.count_events_of_rate_last_7_days_last_7_days as float64)
/ nullif(cast(merged.count_events_last_7_days as float64), 0) as rate_last_7_days
case
    when abs(cast(merged.count_transaction_of_rate_of_lifetime as float64) / nullif(cast(merged.count_transaction as float64), 0)) < 1.1754943508222875e-38
        then (cast(merged.count_transaction_of_rate_of_lifetime as float64) / nullif(cast(merged.count_transaction as float64), 0) + 9.466330862652142e-30) - 9.466330862652142e-30
    when abs(cast(merged.count_transaction_of_rate_of_lifetime as float64) / nullif(cast(merged.count_transaction as float64), 0)) < 3.4028235677973366e38
        then cast(merged.count_transaction_of_rate_of_lifetime as float64) / nullif(cast(merged.count_transaction as float64), 0) * 536870913e0 - (cast(merged.count_transaction_of_rate_of_lifetime as float64) / nullif(cast(merged.count_transaction as float64), 0) * 536870913e0 - cast(merged.count_transaction_of_rate_of_lifetime as float64) / nullif(cast(merged.count_transaction as float64), 0))
end as rate_of_lifetime
when
    published.signals_copies > 1
    or (
        published.rate_last_7_days is distinct from computed.rate_last_7_days
        and coalesce(
            abs(safe_subtract(published.rate_last_7_days, computed.rate_last_7_days))
            > 1e-12 * greatest(abs(published.rate_last_7_days), abs(computed.rate_last_7_days)),
            true
        )
    )
    or (
        published.rate_of_lifetime is distinct from computed.rate_of_lifetime
        and coalesce(
            abs(safe_subtract(published.rate_of_lifetime, computed.rate_of_lifetime))
            > 1e-12 * greatest(abs(published.rate_of_lifetime), abs(computed.rate_of_lifetime)),
            true
        )
    )
    then 'changed'
