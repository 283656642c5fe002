-- base_events_this_run
{{ signals_value(
    columns, 'text',
    column='unstruct_event_com_acme_transaction_1',
    typed='unstruct_event_com_acme_transaction_1.status',
    path=['status'],
    json='get_json_object(unstruct_event_com_acme_transaction_1, \x27$.status\x27)'
) }} as transaction_status
{{ signals_value(
    columns, 'number',
    column='unstruct_event_com_acme_transaction_1',
    typed='unstruct_event_com_acme_transaction_1.status',
    path=['status'],
    json='get_json_object(unstruct_event_com_acme_transaction_1, \x27$.status\x27)'
) }} as transaction_status_as_number
{{ signals_value(
    columns, 'boolean',
    column='unstruct_event_com_acme_transaction_1',
    typed='unstruct_event_com_acme_transaction_1.status',
    path=['status'],
    json='get_json_object(unstruct_event_com_acme_transaction_1, \x27$.status\x27)'
) }} as transaction_status_as_boolean
{{ signals_value(
    columns, 'number',
    column='contexts_com_acme_product_1',
    typed='get(contexts_com_acme_product_1, 0).price',
    path=[0, 'price'],
    json='get_json_object(contexts_com_acme_product_1, \x27$[0].price\x27)'
) }} as product_price_as_number
{{ signals_value(
    columns, 'text',
    column='contexts_com_acme_product_1',
    typed='get(contexts_com_acme_product_1, 0).id',
    path=[0, 'id'],
    json='get_json_object(contexts_com_acme_product_1, \x27$[0].id\x27)'
) }} as product_id

-- daily_aggregates
startswith(page_urlpath, '/shop_100%/') as is_events_of_in_shop
