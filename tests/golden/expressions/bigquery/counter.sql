-- daily_aggregates
days='kept_1_days_out_of_date'
countif(is_transaction) as count_transaction

-- attributes_this_run
sum(if(in_last_7_days, count_events, null)) as count_events_last_7_days
case
    when nullif(merged.count_events_last_7_days, 0) is null then cast(0 as int64)
    else cast(merged.count_events_last_7_days as int64)
end as counter_last_7_days
case
    when nullif(merged.count_transaction, 0) is null then cast(0 as int64)
    else if(merged.count_transaction between -2147483648 and 2147483647, merged.count_transaction, null)
end as counter_of_lifetime
