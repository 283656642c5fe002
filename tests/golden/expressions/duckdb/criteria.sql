-- base_events_this_run
{{ signals_value(
    columns, 'text',
    column='unstruct_event_com_acme_transaction_1',
    typed='unstruct_event_com_acme_transaction_1.status',
    path=['status'],
    json='json_extract(unstruct_event_com_acme_transaction_1, \x27$."status"\x27)'
) }} as transaction_status
{{ signals_value(
    columns, 'number',
    column='unstruct_event_com_acme_transaction_1',
    typed='unstruct_event_com_acme_transaction_1.status',
    path=['status'],
    json='json_extract(unstruct_event_com_acme_transaction_1, \x27$."status"\x27)'
) }} as transaction_status_as_number
{{ signals_value(
    columns, 'boolean',
    column='unstruct_event_com_acme_transaction_1',
    typed='unstruct_event_com_acme_transaction_1.status',
    path=['status'],
    json='json_extract(unstruct_event_com_acme_transaction_1, \x27$."status"\x27)'
) }} as transaction_status_as_boolean
{{ signals_value(
    columns, 'number',
    column='contexts_com_acme_product_1',
    typed='contexts_com_acme_product_1[1].price',
    path=[0, 'price'],
    json='json_extract(contexts_com_acme_product_1, \x27$[0]."price"\x27)'
) }} as product_price_as_number
{{ signals_value(columns, 'time', 'derived_tstamp', 'derived_tstamp') }} as derived_tstamp_as_time
{{ signals_value(columns, 'time', 'dvce_created_tstamp', 'dvce_created_tstamp') }} as dvce_created_tstamp_as_time
{{ signals_value(
    columns, 'text',
    column='contexts_com_acme_product_1',
    typed='contexts_com_acme_product_1[1].id',
    path=[0, 'id'],
    json='json_extract(contexts_com_acme_product_1, \x27$[0]."id"\x27)'
) }} as product_id

-- daily_aggregates
transaction_status = 'paid' as is_events_paid
transaction_status_as_number = 1 as is_events_of_eq_number
transaction_status_as_boolean = true as is_events_of_eq_boolean
coalesce(transaction_status <> 'paid', true) as is_events_of_neq
transaction_order_total_as_number >= 10 and transaction_order_total_as_number < 99.5e0 as is_events_of_between_two
transaction_order_total_as_number <= -1 or transaction_order_total_as_number > 1e+300 as is_events_of_outside
page_urlpath like '/shop/%' and coalesce(not page_urlpath like '%/_old', true) as is_events_of_alike
(
    translate(page_urlpath, 'AERSſTẞ', 'aersstß') like '%/straße_%'
    or coalesce(not page_urlpath like '%1%', true)
) as is_events_of_any_case
(
    transaction_order_total_as_number between 10 and 99.5e0
    and transaction_coupon between 'A' and 'F'
) as is_events_of_in_range
starts_with(page_urlpath, '/shop_100%/') as is_events_of_in_shop
(
    coalesce(transaction_status <> 'void', true)
    and (
        transaction_coupon is null
        or (transaction_order_total_as_number > 10 and transaction_order_total_as_number < 99.5e0)
    )
    and (transaction_status = 'sent' and page_urlpath like '/a%')
) as is_events_of_nested
(
    transaction_order_total_as_number < product_price_as_number
    or coalesce(transaction_status <> page_urlpath, true)
    or derived_tstamp_as_time > dvce_created_tstamp_as_time
) as is_events_of_of_two
transaction_status in ('paid', 'sent') as is_events_of_listed
coalesce(not transaction_order_total_as_number in (0, 0.5e0), true) as is_events_of_not_listed
transaction_coupon is null or product_id is not null as is_events_of_missing
transaction_status = 'paid' and (transaction_order_total_as_number > 1 or page_urlpath is null) as is_events_of_all_and_any
count(*) filter(where is_events_paid) as count_events_paid
count(*) filter(where is_events_of_eq_number) as count_events_of_eq_number
count(*) filter(where is_events_of_eq_boolean) as count_events_of_eq_boolean
count(*) filter(where is_events_of_neq) as count_events_of_neq
count(*) filter(where is_events_of_between_two) as count_events_of_between_two
count(*) filter(where is_events_of_outside) as count_events_of_outside
count(*) filter(where is_events_of_alike) as count_events_of_alike
count(*) filter(where is_events_of_any_case) as count_events_of_any_case
count(*) filter(where is_events_of_in_range) as count_events_of_in_range
count(*) filter(where is_events_of_in_shop) as count_events_of_in_shop
count(*) filter(where is_events_of_nested) as count_events_of_nested
count(*) filter(where is_events_of_of_two) as count_events_of_of_two
count(*) filter(where is_events_of_listed) as count_events_of_listed
count(*) filter(where is_events_of_not_listed) as count_events_of_not_listed
count(*) filter(where is_events_of_missing) as count_events_of_missing
count(*) filter(where is_events_of_all_and_any) as count_events_of_all_and_any

-- attributes_this_run
'domain_userid', 'eq_text', 'eq_number', 'eq_boolean', 'neq', 'between_two', 'outside', 'alike'
'any_case', 'in_range', 'in_shop', 'nested', 'of_two', 'listed', 'not_listed', 'missing'
'all_and_any', 'updated_at'
sum(count_events_paid) as count_events_paid
sum(count_events_of_eq_number) as count_events_of_eq_number
sum(count_events_of_eq_boolean) as count_events_of_eq_boolean
sum(count_events_of_neq) as count_events_of_neq
sum(count_events_of_between_two) as count_events_of_between_two
sum(count_events_of_outside) as count_events_of_outside
sum(count_events_of_alike) as count_events_of_alike
sum(count_events_of_any_case) as count_events_of_any_case
sum(count_events_of_in_range) as count_events_of_in_range
sum(count_events_of_in_shop) as count_events_of_in_shop
sum(count_events_of_nested) as count_events_of_nested
sum(count_events_of_of_two) as count_events_of_of_two
sum(count_events_of_listed) as count_events_of_listed
sum(count_events_of_not_listed) as count_events_of_not_listed
sum(count_events_of_missing) as count_events_of_missing
sum(count_events_of_all_and_any) as count_events_of_all_and_any
case
    when nullif(merged.count_events_paid, 0) is null then cast(0 as bigint)
    else try_cast(merged.count_events_paid as bigint)
end as eq_text
case
    when nullif(merged.count_events_of_eq_number, 0) is null then cast(0 as bigint)
    else try_cast(merged.count_events_of_eq_number as bigint)
end as eq_number
case
    when nullif(merged.count_events_of_eq_boolean, 0) is null then cast(0 as bigint)
    else try_cast(merged.count_events_of_eq_boolean as bigint)
end as eq_boolean
case
    when nullif(merged.count_events_of_neq, 0) is null then cast(0 as bigint)
    else try_cast(merged.count_events_of_neq as bigint)
end as neq
case
    when nullif(merged.count_events_of_between_two, 0) is null then cast(0 as bigint)
    else try_cast(merged.count_events_of_between_two as bigint)
end as between_two
case
    when nullif(merged.count_events_of_outside, 0) is null then cast(0 as bigint)
    else try_cast(merged.count_events_of_outside as bigint)
end as outside
case
    when nullif(merged.count_events_of_alike, 0) is null then cast(0 as bigint)
    else try_cast(merged.count_events_of_alike as bigint)
end as alike
case
    when nullif(merged.count_events_of_any_case, 0) is null then cast(0 as bigint)
    else try_cast(merged.count_events_of_any_case as bigint)
end as any_case
case
    when nullif(merged.count_events_of_in_range, 0) is null then cast(0 as bigint)
    else try_cast(merged.count_events_of_in_range as bigint)
end as in_range
case
    when nullif(merged.count_events_of_in_shop, 0) is null then cast(0 as bigint)
    else try_cast(merged.count_events_of_in_shop as bigint)
end as in_shop
case
    when nullif(merged.count_events_of_nested, 0) is null then cast(0 as bigint)
    else try_cast(merged.count_events_of_nested as bigint)
end as nested
case
    when nullif(merged.count_events_of_of_two, 0) is null then cast(0 as bigint)
    else try_cast(merged.count_events_of_of_two as bigint)
end as of_two
case
    when nullif(merged.count_events_of_listed, 0) is null then cast(0 as bigint)
    else try_cast(merged.count_events_of_listed as bigint)
end as listed
case
    when nullif(merged.count_events_of_not_listed, 0) is null then cast(0 as bigint)
    else try_cast(merged.count_events_of_not_listed as bigint)
end as not_listed
case
    when nullif(merged.count_events_of_missing, 0) is null then cast(0 as bigint)
    else try_cast(merged.count_events_of_missing as bigint)
end as missing
case
    when nullif(merged.count_events_of_all_and_any, 0) is null then cast(0 as bigint)
    else try_cast(merged.count_events_of_all_and_any as bigint)
end as all_and_any
when
    published.signals_copies > 1
    or published.eq_text is distinct from computed.eq_text
    or published.eq_number is distinct from computed.eq_number
    or published.eq_boolean is distinct from computed.eq_boolean
    or published.neq is distinct from computed.neq
    or published.between_two is distinct from computed.between_two
    or published.outside is distinct from computed.outside
    or published.alike is distinct from computed.alike
    or published.any_case is distinct from computed.any_case
    or published.in_range is distinct from computed.in_range
    or published.in_shop is distinct from computed.in_shop
    or published.nested is distinct from computed.nested
    or published.of_two is distinct from computed.of_two
    or published.listed is distinct from computed.listed
    or published.not_listed is distinct from computed.not_listed
    or published.missing is distinct from computed.missing
    or published.all_and_any is distinct from computed.all_and_any
    then 'changed'
