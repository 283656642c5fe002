-- base_events_this_run
{{ signals_value(
    columns, 'text',
    column='unstruct_event_com_acme_transaction_1',
    typed='unstruct_event_com_acme_transaction_1[\x27we ird \x5c\x27key" \x7b\x7b x \x7d\x7d\x27][\x27SKU-code\x27][3][\x27\U0001f6d2\x27]',
    path=['we ird \x27key" \x7b\x7b x \x7d\x7d', 'SKU-code', 3, '\U0001f6d2'],
    json='unstruct_event_com_acme_transaction_1[\x27we ird \x5c\x27key" \x7b\x7b x \x7d\x7d\x27][\x27SKU-code\x27][3][\x27\U0001f6d2\x27]'
) }} as transaction_we_ird_key_x_sku_code_3
{{ signals_value(
    columns, 'text',
    column='unstruct_event_com_acme_transaction_1',
    typed='unstruct_event_com_acme_transaction_1[\x27$amount\x27][\x27price:eur.net\x27][\x273dSecure\x27]',
    path=['$amount', 'price:eur.net', '3dSecure'],
    json='unstruct_event_com_acme_transaction_1[\x27$amount\x27][\x27price:eur.net\x27][\x273dSecure\x27]'
) }} as transaction_amount_price_eur_net_3d_secure

-- daily_aggregates
page_urlpath = 'it\'s "so" \\ -- /* */ ; 🛒' as is_events_it_s_so
page_urlpath = 'a\r\n  b' as is_events_a_b
count_if(is_events_it_s_so) as count_events_it_s_so
count_if(is_events_x_raw_c) as count_events_x_raw_c
count_if(is_events_a_b) as count_events_a_b
max_by(
    transaction_we_ird_key_x_sku_code_3,
    case
        when transaction_we_ird_key_x_sku_code_3 is not null
            then to_char(event_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || event_id
    end
) as last_transaction_we_ird_key_x_sku_code_3
max(case when transaction_we_ird_key_x_sku_code_3 is not null then event_tstamp end) as last_transaction_we_ird_key_x_sku_code_3_tstamp
max_by(
    event_id,
    case
        when transaction_we_ird_key_x_sku_code_3 is not null
            then to_char(event_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || event_id
    end
) as last_transaction_we_ird_key_x_sku_code_3_event_id
max_by(
    transaction_amount_price_eur_net_3d_secure,
    case
        when transaction_amount_price_eur_net_3d_secure is not null
            then to_char(event_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || event_id
    end
) as last_transaction_amount_price_eur_net_3d_secure
max(case when transaction_amount_price_eur_net_3d_secure is not null then event_tstamp end) as last_transaction_amount_price_eur_net_3d_secure_tstamp
max_by(
    event_id,
    case
        when transaction_amount_price_eur_net_3d_secure is not null
            then to_char(event_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || event_id
    end
) as last_transaction_amount_price_eur_net_3d_secure_event_id

-- attributes_this_run
max_by(
    last_transaction_we_ird_key_x_sku_code_3,
    case
        when last_transaction_we_ird_key_x_sku_code_3 is not null
            then to_char(last_transaction_we_ird_key_x_sku_code_3_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || last_transaction_we_ird_key_x_sku_code_3_event_id
    end
) as last_transaction_we_ird_key_x_sku_code_3
max_by(
    last_transaction_amount_price_eur_net_3d_secure,
    case
        when last_transaction_amount_price_eur_net_3d_secure is not null
            then to_char(last_transaction_amount_price_eur_net_3d_secure_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || last_transaction_amount_price_eur_net_3d_secure_event_id
    end
) as last_transaction_amount_price_eur_net_3d_secure
max_by(
    last_page_urlpath,
    case
        when last_page_urlpath is not null
            then to_char(last_page_urlpath_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || last_page_urlpath_event_id
    end
) as last_page_urlpath
case
    when nullif(merged.count_events_it_s_so, 0) is null then cast(0 as number(19, 0))
    else cast(merged.count_events_it_s_so as number(19, 0))
end as quoted
case
    when nullif(merged.count_events_x_raw_c, 0) is null then cast(0 as number(19, 0))
    else cast(merged.count_events_x_raw_c as number(19, 0))
end as braces
case
    when nullif(merged.count_events_a_b, 0) is null then cast(0 as number(19, 0))
    else cast(merged.count_events_a_b as number(19, 0))
end as lines
coalesce(merged.last_page_urlpath, cast('it\'s {{ '{' }}{ x }}\n' as varchar)) as with_default
