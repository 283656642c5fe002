-- daily_aggregates
cast(null as bigint) as days_events
max(day) as days_events_on
cast(null as bigint) as days_transaction
max(day) filter(where is_transaction) as days_transaction_on

-- attributes_this_run
'domain_userid', 'days_active_last_7_days', 'days_active_of_lifetime', 'updated_at'
count(distinct case when in_last_7_days then days_events_on end) + coalesce(sum(days_events) filter(where in_last_7_days), 0) as days_events_last_7_days
count(distinct days_transaction_on) + coalesce(sum(days_transaction), 0) as days_transaction
case
    when nullif(merged.days_events_last_7_days, 0) is null then cast(0 as bigint)
    else try_cast(merged.days_events_last_7_days as bigint)
end as days_active_last_7_days
case
    when nullif(merged.days_transaction, 0) is null then cast(0 as int)
    else try_cast(merged.days_transaction as int)
end as days_active_of_lifetime
when
    published.signals_copies > 1
    or published.days_active_last_7_days is distinct from computed.days_active_last_7_days
    or published.days_active_of_lifetime is distinct from computed.days_active_of_lifetime
    then 'changed'
