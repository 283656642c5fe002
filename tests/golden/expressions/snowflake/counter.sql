-- daily_aggregates
count_if(is_transaction) as count_transaction

-- attributes_this_run
sum(case when in_last_7_days then count_events end) as count_events_last_7_days
case
    when nullif(merged.count_events_last_7_days, 0) is null then cast(0 as number(19, 0))
    else cast(merged.count_events_last_7_days as number(19, 0))
end as counter_last_7_days
case
    when nullif(merged.count_transaction, 0) is null then cast(0 as number(10, 0))
    when merged.count_transaction < 2147483648 then cast(merged.count_transaction as number(10, 0))
end as counter_of_lifetime
