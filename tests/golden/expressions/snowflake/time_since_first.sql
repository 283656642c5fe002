-- daily_aggregates
min(case when is_transaction then event_tstamp end) as first_seen_transaction

-- attributes_this_run
min(case when in_last_7_days then first_seen_events end) as first_seen_events_last_7_days
