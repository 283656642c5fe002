-- base_events_this_run
{{ signals_value(
    columns, 'text',
    column='unstruct_event_com_acme_transaction_1',
    typed='unstruct_event_com_acme_transaction_1.we_ird__key_____x___.sku_code[safe_offset(3)]._',
    path=['we_ird__key_____x___', 'sku_code', 3, '_'],
    json='unstruct_event_com_acme_transaction_1[\x27we ird \x5c\x27key" \x7b\x7b x \x7d\x7d\x27][\x27SKU-code\x27][3][\x27\U0001f6d2\x27]'
) }} as transaction_we_ird_key_x_sku_code_3
{{ signals_value(
    columns, 'text',
    column='unstruct_event_com_acme_transaction_1',
    typed='unstruct_event_com_acme_transaction_1._amount.price_eur_net._3d_secure',
    path=['_amount', 'price_eur_net', '_3d_secure'],
    json='unstruct_event_com_acme_transaction_1[\x27$amount\x27][\x27price:eur.net\x27][\x273dSecure\x27]'
) }} as transaction_amount_price_eur_net_3d_secure

-- daily_aggregates
page_urlpath = 'it\'s "so" \\ -- /* */ ; 🛒' as is_events_it_s_so
page_urlpath = 'a\r\n  b' as is_events_a_b
countif(is_events_it_s_so) as count_events_it_s_so
countif(is_events_x_raw_c) as count_events_x_raw_c
countif(is_events_a_b) as count_events_a_b
array_agg(if(transaction_we_ird_key_x_sku_code_3 is not null, transaction_we_ird_key_x_sku_code_3, null) ignore nulls order by event_tstamp desc, event_id desc limit 1)[safe_offset(0)] as last_transaction_we_ird_key_x_sku_code_3
max(if(transaction_we_ird_key_x_sku_code_3 is not null, event_tstamp, null)) as last_transaction_we_ird_key_x_sku_code_3_tstamp
array_agg(if(transaction_we_ird_key_x_sku_code_3 is not null, event_id, null) ignore nulls order by event_tstamp desc, event_id desc limit 1)[safe_offset(0)] as last_transaction_we_ird_key_x_sku_code_3_event_id
array_agg(if(transaction_amount_price_eur_net_3d_secure is not null, transaction_amount_price_eur_net_3d_secure, null) ignore nulls order by event_tstamp desc, event_id desc limit 1)[safe_offset(0)] as last_transaction_amount_price_eur_net_3d_secure
max(if(transaction_amount_price_eur_net_3d_secure is not null, event_tstamp, null)) as last_transaction_amount_price_eur_net_3d_secure_tstamp
array_agg(if(transaction_amount_price_eur_net_3d_secure is not null, event_id, null) ignore nulls order by event_tstamp desc, event_id desc limit 1)[safe_offset(0)] as last_transaction_amount_price_eur_net_3d_secure_event_id

-- attributes_this_run
array_agg(if(last_transaction_we_ird_key_x_sku_code_3 is not null, last_transaction_we_ird_key_x_sku_code_3, null) ignore nulls order by last_transaction_we_ird_key_x_sku_code_3_tstamp desc, last_transaction_we_ird_key_x_sku_code_3_event_id desc limit 1)[safe_offset(0)] as last_transaction_we_ird_key_x_sku_code_3
array_agg(if(last_transaction_amount_price_eur_net_3d_secure is not null, last_transaction_amount_price_eur_net_3d_secure, null) ignore nulls order by last_transaction_amount_price_eur_net_3d_secure_tstamp desc, last_transaction_amount_price_eur_net_3d_secure_event_id desc limit 1)[safe_offset(0)] as last_transaction_amount_price_eur_net_3d_secure
array_agg(if(last_page_urlpath is not null, last_page_urlpath, null) ignore nulls order by last_page_urlpath_tstamp desc, last_page_urlpath_event_id desc limit 1)[safe_offset(0)] as last_page_urlpath
case
    when nullif(merged.count_events_it_s_so, 0) is null then cast(0 as int64)
    else cast(merged.count_events_it_s_so as int64)
end as quoted
case
    when nullif(merged.count_events_x_raw_c, 0) is null then cast(0 as int64)
    else cast(merged.count_events_x_raw_c as int64)
end as braces
case
    when nullif(merged.count_events_a_b, 0) is null then cast(0 as int64)
    else cast(merged.count_events_a_b as int64)
end as lines
safe_cast(merged.last_transaction_amount_price_eur_net_3d_secure as bool) as of_dots
coalesce(merged.last_page_urlpath, cast('it\'s {{ '{' }}{ x }}\n' as string)) as with_default
