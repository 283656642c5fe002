-- daily_aggregates
min(event_tstamp) as first_seen_events
min(event_tstamp) filter(where is_transaction) as first_seen_transaction

-- attributes_this_run
'domain_userid', 'time_since_first_last_7_days', 'time_since_first_of_lifetime', 'updated_at'
min(first_seen_events) filter(where in_last_7_days) as first_seen_events_last_7_days
min(first_seen_transaction) as first_seen_transaction
when
    published.signals_copies > 1
    or published.time_since_first_last_7_days is distinct from computed.time_since_first_last_7_days
    or published.time_since_first_of_lifetime is distinct from computed.time_since_first_of_lifetime
    then 'changed'
