-- attributes_this_run
case
    when nullif(merged.days_events_last_7_days, 0) is null then cast(0 as bigint)
    else cast(merged.days_events_last_7_days as bigint)
end as days_active_last_7_days
case
    when nullif(merged.days_transaction, 0) is null then cast(0 as int)
    when merged.days_transaction < 2147483648 then cast(merged.days_transaction as int)
end as days_active_of_lifetime
