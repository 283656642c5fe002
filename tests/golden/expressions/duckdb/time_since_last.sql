-- daily_aggregates
max(event_tstamp) as last_seen_events
max(event_tstamp) filter(where is_transaction) as last_seen_transaction

-- attributes_this_run
'domain_userid', 'time_since_last_last_7_days', 'time_since_last_of_lifetime', 'updated_at'
max(last_seen_events) filter(where in_last_7_days) as last_seen_events_last_7_days
max(last_seen_transaction) as last_seen_transaction
when
    published.signals_copies > 1
    or published.time_since_last_last_7_days is distinct from computed.time_since_last_last_7_days
    or published.time_since_last_of_lifetime is distinct from computed.time_since_last_of_lifetime
    then 'changed'
