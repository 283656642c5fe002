-- daily_aggregates
transaction_coupon is not null as is_events_of_rate_last_7_days
(event_vendor = 'com.acme' and event_name = 'transaction') and transaction_coupon is not null as is_transaction_of_rate_of_lifetime
count(*) filter(where is_events_of_rate_last_7_days) as count_events_of_rate_last_7_days
count(*) filter(where is_transaction_of_rate_of_lifetime) as count_transaction_of_rate_of_lifetime

-- attributes_this_run
'domain_userid', 'rate_last_7_days', 'rate_of_lifetime', 'updated_at'
sum(count_events_of_rate_last_7_days) filter(where in_last_7_days) as count_events_of_rate_last_7_days_last_7_days
sum(count_transaction_of_rate_of_lifetime) as count_transaction_of_rate_of_lifetime
cast(merged.count_events_of_rate_last_7_days_last_7_days as double)
/ nullif(cast(merged.count_events_last_7_days as double), 0) as rate_last_7_days
case
    when isfinite(
        try_cast(
            cast(merged.count_transaction_of_rate_of_lifetime as double)
            / nullif(cast(merged.count_transaction as double), 0)
            as real
        )
    )
        then try_cast(
            cast(merged.count_transaction_of_rate_of_lifetime as double)
            / nullif(cast(merged.count_transaction as double), 0)
            as real
        )
end as rate_of_lifetime
when
    published.signals_copies > 1
    or (
        published.rate_last_7_days is distinct from computed.rate_last_7_days
        and coalesce(
            abs(published.rate_last_7_days - computed.rate_last_7_days)
            > 1e-12 * greatest(abs(published.rate_last_7_days), abs(computed.rate_last_7_days)),
            true
        )
    )
    or (
        published.rate_of_lifetime is distinct from computed.rate_of_lifetime
        and coalesce(
            abs(published.rate_of_lifetime - computed.rate_of_lifetime)
            > 1e-12 * greatest(abs(published.rate_of_lifetime), abs(computed.rate_of_lifetime)),
            true
        )
    )
    then 'changed'
