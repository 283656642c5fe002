-- base_events_this_run
{{ signals_value(
    columns, 'text',
    column='contexts_com_acme_product_1',
    typed='to_jsonb(contexts_com_acme_product_1) -> 1 -> \x27sku\x27',
    path=[1, 'sku'],
    json='contexts_com_acme_product_1 -> 1 -> \x27SKU\x27'
) }} as sku

-- daily_aggregates
indexes=[{'columns': ['sku'], 'type': 'hash'}, {'columns': ['day']}]
