-- base_events_this_run
stored.event_id is null
    or (
        first_copies.load_tstamp,
        coalesce(first_copies.collector_tstamp, cast('9999-12-31 23:59:59.999999' as timestamp_ntz)),
        first_copies.event_tstamp,
        first_copies.app_id
    ) < (
        stored.load_tstamp,
        coalesce(stored.collector_tstamp, cast('9999-12-31 23:59:59.999999' as timestamp_ntz)),
        stored.event_tstamp,
        stored.app_id
    ) as is_winner
