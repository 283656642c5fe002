-- base_events_this_run
{{ signals_value(
    columns, 'text',
    column='unstruct_event_com_acme_transaction_1',
    typed='unstruct_event_com_acme_transaction_1.order.id',
    path=['order', 'id'],
    json='get_json_object(unstruct_event_com_acme_transaction_1, \x27$.order.id\x27)'
) }} as order_id
stored.event_id is null
    or (
        first_copies.load_tstamp,
        coalesce(first_copies.collector_tstamp, cast('9999-12-31 23:59:59.999999' as timestamp_ntz)),
        first_copies.event_tstamp,
        first_copies.order_id
    ) < (
        stored.load_tstamp,
        coalesce(stored.collector_tstamp, cast('9999-12-31 23:59:59.999999' as timestamp_ntz)),
        stored.event_tstamp,
        stored.order_id
    ) as is_winner
