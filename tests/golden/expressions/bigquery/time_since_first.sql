-- daily_aggregates
min(if(is_transaction, event_tstamp, null)) as first_seen_transaction

-- attributes_this_run
min(if(in_last_7_days, first_seen_events, null)) as first_seen_events_last_7_days
