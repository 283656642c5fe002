-- base_events_this_run
stored.event_id is null
    or (
        first_copies.load_tstamp < stored.load_tstamp
        or first_copies.load_tstamp = stored.load_tstamp
            and coalesce(first_copies.collector_tstamp, cast('9999-12-31 23:59:59.999999' as timestamp_ntz)) < coalesce(stored.collector_tstamp, cast('9999-12-31 23:59:59.999999' as timestamp_ntz))
        or first_copies.load_tstamp = stored.load_tstamp
            and coalesce(first_copies.collector_tstamp, cast('9999-12-31 23:59:59.999999' as timestamp_ntz)) = coalesce(stored.collector_tstamp, cast('9999-12-31 23:59:59.999999' as timestamp_ntz))
            and first_copies.event_tstamp < stored.event_tstamp
        or first_copies.load_tstamp = stored.load_tstamp
            and coalesce(first_copies.collector_tstamp, cast('9999-12-31 23:59:59.999999' as timestamp_ntz)) = coalesce(stored.collector_tstamp, cast('9999-12-31 23:59:59.999999' as timestamp_ntz))
            and first_copies.event_tstamp = stored.event_tstamp
            and first_copies.app_id < stored.app_id
    ) as is_winner
