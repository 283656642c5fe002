-- daily_aggregates
max(if(is_transaction, event_tstamp, null)) as last_seen_transaction

-- attributes_this_run
max(if(in_last_7_days, last_seen_events, null)) as last_seen_events_last_7_days
