-- attributes_this_run
case
    when nullif(merged.count_events_last_7_days, 0) is null then cast(0 as bigint)
    else cast(merged.count_events_last_7_days as bigint)
end as counter_last_7_days
case
    when nullif(merged.count_transaction, 0) is null then cast(0 as int)
    when merged.count_transaction < 2147483648 then cast(merged.count_transaction as int)
end as counter_of_lifetime
