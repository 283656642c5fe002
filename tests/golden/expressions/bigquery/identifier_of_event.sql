-- base_events_this_run
{{ signals_value(
    columns, 'text',
    column='unstruct_event_com_acme_transaction_1',
    typed='unstruct_event_com_acme_transaction_1.order.id',
    path=['order', 'id'],
    json='unstruct_event_com_acme_transaction_1[\x27order\x27][\x27id\x27]'
) }} as order_id
stored.event_id is null
    or (
        first_copies.load_tstamp < stored.load_tstamp
        or (first_copies.load_tstamp = stored.load_tstamp and coalesce(first_copies.collector_tstamp, cast('9999-12-31 23:59:59.999999' as datetime)) < coalesce(stored.collector_tstamp, cast('9999-12-31 23:59:59.999999' as datetime)))
        or (first_copies.load_tstamp = stored.load_tstamp and coalesce(first_copies.collector_tstamp, cast('9999-12-31 23:59:59.999999' as datetime)) = coalesce(stored.collector_tstamp, cast('9999-12-31 23:59:59.999999' as datetime)) and first_copies.event_tstamp < stored.event_tstamp)
        or (first_copies.load_tstamp = stored.load_tstamp and coalesce(first_copies.collector_tstamp, cast('9999-12-31 23:59:59.999999' as datetime)) = coalesce(stored.collector_tstamp, cast('9999-12-31 23:59:59.999999' as datetime)) and first_copies.event_tstamp = stored.event_tstamp and first_copies.order_id < stored.order_id)
    ) as is_winner

-- daily_aggregates
cluster_by=['order_id']

-- attributes_this_run
case
    when nullif(merged.count_events, 0) is null then cast(0 as int64)
    else cast(merged.count_events as int64)
end as page_views
