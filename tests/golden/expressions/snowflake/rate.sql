-- daily_aggregates
count_if(is_events_of_rate_last_7_days) as count_events_of_rate_last_7_days
count_if(is_transaction_of_rate_of_lifetime) as count_transaction_of_rate_of_lifetime

-- attributes_this_run
sum(case when in_last_7_days then count_events_of_rate_last_7_days end) as count_events_of_rate_last_7_days_last_7_days
case
    when abs(cast(merged.count_transaction_of_rate_of_lifetime as double) / nullif(cast(merged.count_transaction as double), 0)) <= 7.006492321624085e-46
        then 0e0
    when abs(cast(merged.count_transaction_of_rate_of_lifetime as double) / nullif(cast(merged.count_transaction as double), 0)) < 3.4028235677973366e38
        then cast(merged.count_transaction_of_rate_of_lifetime as double)
        / nullif(cast(merged.count_transaction as double), 0)
end as rate_of_lifetime
when
    published.signals_copies > 1
    or (
        published.rate_last_7_days is distinct from computed.rate_last_7_days
        and coalesce(
            abs(published.rate_last_7_days / nullif(greatest(abs(published.rate_last_7_days), abs(computed.rate_last_7_days)), 0) - computed.rate_last_7_days / nullif(greatest(abs(published.rate_last_7_days), abs(computed.rate_last_7_days)), 0))
            > 1e-12,
            true
        )
    )
    or (
        published.rate_of_lifetime is distinct from computed.rate_of_lifetime
        and coalesce(
            abs(published.rate_of_lifetime / nullif(greatest(abs(published.rate_of_lifetime), abs(computed.rate_of_lifetime)), 0) - computed.rate_of_lifetime / nullif(greatest(abs(published.rate_of_lifetime), abs(computed.rate_of_lifetime)), 0))
            > 1e-12,
            true
        )
    )
    then 'changed'
