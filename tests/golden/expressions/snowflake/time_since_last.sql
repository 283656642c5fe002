-- daily_aggregates
max(case when is_transaction then event_tstamp end) as last_seen_transaction

-- attributes_this_run
max(case when in_last_7_days then last_seen_events end) as last_seen_events_last_7_days
