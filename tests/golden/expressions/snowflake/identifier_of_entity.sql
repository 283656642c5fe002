-- base_events_this_run
{'what': 'contexts_com_acme_product_1 for the entity\x27s identifier', 'column': 'contexts_com_acme_product_1', 'path': [1, 'SKU']}
{{ signals_value(
    columns, 'text',
    column='contexts_com_acme_product_1',
    typed='contexts_com_acme_product_1[1][\x27SKU\x27]',
    path=[1, 'SKU'],
    json='contexts_com_acme_product_1[1][\x27SKU\x27]'
) }} as sku
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
            and first_copies.sku < stored.sku
    ) as is_winner
