-- daily_aggregates
cast(null as int64) as days_events
cast(null as int64) as days_transaction
max(if(is_transaction, day, null)) as days_transaction_on

-- attributes_this_run
count(distinct case when in_last_7_days then days_events_on end) + coalesce(sum(if(in_last_7_days, days_events, null)), 0) as days_events_last_7_days
case
    when nullif(merged.days_events_last_7_days, 0) is null then cast(0 as int64)
    else cast(merged.days_events_last_7_days as int64)
end as days_active_last_7_days
case
    when nullif(merged.days_transaction, 0) is null then cast(0 as int64)
    else if(merged.days_transaction between -2147483648 and 2147483647, merged.days_transaction, null)
end as days_active_of_lifetime
