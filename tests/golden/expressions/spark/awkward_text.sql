-- base_events_this_run
{{ signals_value(
    columns, 'text',
    column='unstruct_event_com_acme_transaction_1',
    typed='get(unstruct_event_com_acme_transaction_1.we_ird__key_____x___.sku_code, 3)._',
    path=['we_ird__key_____x___', 'sku_code', 3, '_'],
    json='try_element_at(from_json(get(from_json(try_element_at(from_json(try_element_at(from_json(unstruct_event_com_acme_transaction_1, \x27map<string, string>\x27), \x27we ird \x5c\x27key" \x7b\x7b x \x7d\x7d\x27), \x27map<string, string>\x27), \x27SKU-code\x27), \x27array<string>\x27), 3), \x27map<string, string>\x27), \x27\U0001f6d2\x27)'
) }} as transaction_we_ird_key_x_sku_code_3
{{ signals_value(
    columns, 'text',
    column='unstruct_event_com_acme_transaction_1',
    typed='unstruct_event_com_acme_transaction_1._amount.price_eur_net._3d_secure',
    path=['_amount', 'price_eur_net', '_3d_secure'],
    json='try_element_at(from_json(try_element_at(from_json(try_element_at(from_json(unstruct_event_com_acme_transaction_1, \x27map<string, string>\x27), \x27$amount\x27), \x27map<string, string>\x27), \x27price:eur.net\x27), \x27map<string, string>\x27), \x273dSecure\x27)'
) }} as transaction_amount_price_eur_net_3d_secure

-- daily_aggregates
page_urlpath = 'it\'s "so" \\ -- /* */ ; 🛒' as is_events_it_s_so
page_urlpath = 'a\r\n  b' as is_events_a_b
max_by(transaction_we_ird_key_x_sku_code_3, struct(event_tstamp, event_id)) filter(
    where transaction_we_ird_key_x_sku_code_3 is not null
) as last_transaction_we_ird_key_x_sku_code_3
max_by(event_id, struct(event_tstamp, event_id)) filter(
    where transaction_we_ird_key_x_sku_code_3 is not null
) as last_transaction_we_ird_key_x_sku_code_3_event_id
max_by(transaction_amount_price_eur_net_3d_secure, struct(event_tstamp, event_id)) filter(
    where transaction_amount_price_eur_net_3d_secure is not null
) as last_transaction_amount_price_eur_net_3d_secure
max_by(event_id, struct(event_tstamp, event_id)) filter(
    where transaction_amount_price_eur_net_3d_secure is not null
) as last_transaction_amount_price_eur_net_3d_secure_event_id

-- attributes_this_run
max_by(
    last_transaction_we_ird_key_x_sku_code_3,
    struct(
        last_transaction_we_ird_key_x_sku_code_3_tstamp,
        last_transaction_we_ird_key_x_sku_code_3_event_id
    )
) filter(
    where last_transaction_we_ird_key_x_sku_code_3 is not null
) as last_transaction_we_ird_key_x_sku_code_3
max_by(
    last_transaction_amount_price_eur_net_3d_secure,
    struct(
        last_transaction_amount_price_eur_net_3d_secure_tstamp,
        last_transaction_amount_price_eur_net_3d_secure_event_id
    )
) filter(
    where last_transaction_amount_price_eur_net_3d_secure is not null
) as last_transaction_amount_price_eur_net_3d_secure
max_by(last_page_urlpath, struct(last_page_urlpath_tstamp, last_page_urlpath_event_id)) filter(
    where last_page_urlpath is not null
) as last_page_urlpath
coalesce(merged.last_page_urlpath, cast('it\'s {{ '{' }}{ x }}\n' as string)) as with_default
