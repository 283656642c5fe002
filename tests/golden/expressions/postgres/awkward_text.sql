-- base_events_this_run
{{ signals_value(
    columns, 'text',
    column='unstruct_event_com_acme_transaction_1',
    typed='to_jsonb(unstruct_event_com_acme_transaction_1) -> \x27we_ird__key_____x___\x27 -> \x27sku_code\x27 \x23> \x27\x7b3\x7d\x27 -> \x27_\x27',
    path=['we_ird__key_____x___', 'sku_code', 3, '_'],
    json='unstruct_event_com_acme_transaction_1 -> \x27we ird \x27\x27key" \x7b\x7b x \x7d\x7d\x27 -> \x27SKU-code\x27 \x23> \x27\x7b3\x7d\x27 -> \x27\U0001f6d2\x27'
) }} as transaction_we_ird_key_x_sku_code_3
{{ signals_value(
    columns, 'text',
    column='unstruct_event_com_acme_transaction_1',
    typed='to_jsonb(unstruct_event_com_acme_transaction_1) -> \x27_amount\x27 -> \x27price_eur_net\x27 -> \x27_3d_secure\x27',
    path=['_amount', 'price_eur_net', '_3d_secure'],
    json='unstruct_event_com_acme_transaction_1 -> \x27$amount\x27 -> \x27price:eur.net\x27 -> \x273dSecure\x27'
) }} as transaction_amount_price_eur_net_3d_secure

-- daily_aggregates
(
    array_agg(transaction_we_ird_key_x_sku_code_3 order by event_tstamp desc, event_id desc) filter(
        where transaction_we_ird_key_x_sku_code_3 is not null
    )
)[1] as last_transaction_we_ird_key_x_sku_code_3
(
    array_agg(event_id order by event_tstamp desc, event_id desc) filter(
        where transaction_we_ird_key_x_sku_code_3 is not null
    )
)[1] as last_transaction_we_ird_key_x_sku_code_3_event_id
(
    array_agg(transaction_amount_price_eur_net_3d_secure order by event_tstamp desc, event_id desc) filter(
        where transaction_amount_price_eur_net_3d_secure is not null
    )
)[1] as last_transaction_amount_price_eur_net_3d_secure
(
    array_agg(event_id order by event_tstamp desc, event_id desc) filter(
        where transaction_amount_price_eur_net_3d_secure is not null
    )
)[1] as last_transaction_amount_price_eur_net_3d_secure_event_id

-- attributes_this_run
(
    array_agg(
        last_transaction_we_ird_key_x_sku_code_3
        order by last_transaction_we_ird_key_x_sku_code_3_tstamp desc, last_transaction_we_ird_key_x_sku_code_3_event_id desc
    ) filter(
        where last_transaction_we_ird_key_x_sku_code_3 is not null
    )
)[1] as last_transaction_we_ird_key_x_sku_code_3
(
    array_agg(
        last_transaction_amount_price_eur_net_3d_secure
        order by last_transaction_amount_price_eur_net_3d_secure_tstamp desc, last_transaction_amount_price_eur_net_3d_secure_event_id desc
    ) filter(
        where last_transaction_amount_price_eur_net_3d_secure is not null
    )
)[1] as last_transaction_amount_price_eur_net_3d_secure
(
    array_agg(
        last_page_urlpath order by last_page_urlpath_tstamp desc, last_page_urlpath_event_id desc
    ) filter(
        where last_page_urlpath is not null
    )
)[1] as last_page_urlpath
case
    when nullif(merged.count_events_it_s_so, 0) is null then cast(0 as bigint)
    else cast(merged.count_events_it_s_so as bigint)
end as quoted
case
    when nullif(merged.count_events_x_raw_c, 0) is null then cast(0 as bigint)
    else cast(merged.count_events_x_raw_c as bigint)
end as braces
case
    when nullif(merged.count_events_a_b, 0) is null then cast(0 as bigint)
    else cast(merged.count_events_a_b as bigint)
end as lines
