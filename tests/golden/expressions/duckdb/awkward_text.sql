-- base_events_this_run
{{ signals_value(
    columns, 'text',
    column='unstruct_event_com_acme_transaction_1',
    typed='unstruct_event_com_acme_transaction_1.we_ird__key_____x___.sku_code[4]._',
    path=['we_ird__key_____x___', 'sku_code', 3, '_'],
    json='json_extract(unstruct_event_com_acme_transaction_1, \x27$."we ird \x27\x27key\x5c" \x7b\x7b x \x7d\x7d"."SKU-code"[3]."\U0001f6d2"\x27)'
) }} as transaction_we_ird_key_x_sku_code_3
{{ signals_value(
    columns, 'text',
    column='unstruct_event_com_acme_transaction_1',
    typed='unstruct_event_com_acme_transaction_1._amount.price_eur_net._3d_secure',
    path=['_amount', 'price_eur_net', '_3d_secure'],
    json='json_extract(unstruct_event_com_acme_transaction_1, \x27$."$amount"."price:eur.net"."3dSecure"\x27)'
) }} as transaction_amount_price_eur_net_3d_secure

-- daily_aggregates
page_urlpath = 'it''s "so" \ -- /* */ ; 🛒' as is_events_it_s_so
page_urlpath = '{{ '{' }}{ x }} {{ '{' }}% raw %} {{ '{' }}# c #}' as is_events_x_raw_c
page_urlpath = 'a{{ '\r' }}{{ '\n' }}  b' as is_events_a_b
count(*) filter(where is_events_it_s_so) as count_events_it_s_so
count(*) filter(where is_events_x_raw_c) as count_events_x_raw_c
count(*) filter(where is_events_a_b) as count_events_a_b
arg_max(transaction_we_ird_key_x_sku_code_3, (event_tstamp, event_id)) filter(
    where transaction_we_ird_key_x_sku_code_3 is not null
) as last_transaction_we_ird_key_x_sku_code_3
max(event_tstamp) filter(where transaction_we_ird_key_x_sku_code_3 is not null) as last_transaction_we_ird_key_x_sku_code_3_tstamp
arg_max(event_id, (event_tstamp, event_id)) filter(
    where transaction_we_ird_key_x_sku_code_3 is not null
) as last_transaction_we_ird_key_x_sku_code_3_event_id
arg_max(transaction_amount_price_eur_net_3d_secure, (event_tstamp, event_id)) filter(
    where transaction_amount_price_eur_net_3d_secure is not null
) as last_transaction_amount_price_eur_net_3d_secure
max(event_tstamp) filter(where transaction_amount_price_eur_net_3d_secure is not null) as last_transaction_amount_price_eur_net_3d_secure_tstamp
arg_max(event_id, (event_tstamp, event_id)) filter(
    where transaction_amount_price_eur_net_3d_secure is not null
) as last_transaction_amount_price_eur_net_3d_secure_event_id

-- attributes_this_run
'domain_userid', 'quoted', 'braces', 'lines', 'of_keys', 'of_dots', 'with_default', 'updated_at'
sum(count_events_it_s_so) as count_events_it_s_so
sum(count_events_x_raw_c) as count_events_x_raw_c
sum(count_events_a_b) as count_events_a_b
arg_max(
    last_transaction_we_ird_key_x_sku_code_3,
    (last_transaction_we_ird_key_x_sku_code_3_tstamp, last_transaction_we_ird_key_x_sku_code_3_event_id)
) filter(
    where last_transaction_we_ird_key_x_sku_code_3 is not null
) as last_transaction_we_ird_key_x_sku_code_3
arg_max(
    last_transaction_amount_price_eur_net_3d_secure,
    (last_transaction_amount_price_eur_net_3d_secure_tstamp, last_transaction_amount_price_eur_net_3d_secure_event_id)
) filter(
    where last_transaction_amount_price_eur_net_3d_secure is not null
) as last_transaction_amount_price_eur_net_3d_secure
arg_max(last_page_urlpath, (last_page_urlpath_tstamp, last_page_urlpath_event_id)) filter(
    where last_page_urlpath is not null
) as last_page_urlpath
case
    when nullif(merged.count_events_it_s_so, 0) is null then cast(0 as bigint)
    else try_cast(merged.count_events_it_s_so as bigint)
end as quoted
case
    when nullif(merged.count_events_x_raw_c, 0) is null then cast(0 as bigint)
    else try_cast(merged.count_events_x_raw_c as bigint)
end as braces
case
    when nullif(merged.count_events_a_b, 0) is null then cast(0 as bigint)
    else try_cast(merged.count_events_a_b as bigint)
end as lines
case
    when lower(merged.last_transaction_amount_price_eur_net_3d_secure) = 'true' then true
    when lower(merged.last_transaction_amount_price_eur_net_3d_secure) = 'false' then false
end as of_dots
coalesce(merged.last_page_urlpath, cast('it''s {{ '{' }}{ x }}{{ '\n' }}' as text)) as with_default
when
    published.signals_copies > 1
    or published.quoted is distinct from computed.quoted
    or published.braces is distinct from computed.braces
    or published.lines is distinct from computed.lines
    or published.of_keys is distinct from computed.of_keys
    or published.of_dots is distinct from computed.of_dots
    or published.with_default is distinct from computed.with_default
    then 'changed'
