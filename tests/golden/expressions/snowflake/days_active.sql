-- daily_aggregates
max(case when is_transaction then day end) as days_transaction_on

-- attributes_this_run
count(distinct case when in_last_7_days then days_events_on end) + coalesce(sum(case when in_last_7_days then days_events end), 0) as days_events_last_7_days
case
    when nullif(merged.days_events_last_7_days, 0) is null then cast(0 as number(19, 0))
    else cast(merged.days_events_last_7_days as number(19, 0))
end as days_active_last_7_days
case
    when nullif(merged.days_transaction, 0) is null then cast(0 as number(10, 0))
    when merged.days_transaction < 2147483648 then cast(merged.days_transaction as number(10, 0))
end as days_active_of_lifetime
