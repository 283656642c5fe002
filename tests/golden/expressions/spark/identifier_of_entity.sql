-- base_events_this_run
{{ signals_value(
    columns, 'text',
    column='contexts_com_acme_product_1',
    typed='get(contexts_com_acme_product_1, 1).sku',
    path=[1, 'sku'],
    json='get_json_object(contexts_com_acme_product_1, \x27$[1].SKU\x27)'
) }} as sku
stored.event_id is null
    or (
        first_copies.load_tstamp,
        coalesce(first_copies.collector_tstamp, cast('9999-12-31 23:59:59.999999' as timestamp_ntz)),
        first_copies.event_tstamp,
        first_copies.sku
    ) < (
        stored.load_tstamp,
        coalesce(stored.collector_tstamp, cast('9999-12-31 23:59:59.999999' as timestamp_ntz)),
        stored.event_tstamp,
        stored.sku
    ) as is_winner
