-- base_events_this_run
{{ signals_value(
    columns, 'text',
    column='unstruct_event_com_acme_transaction_1',
    typed='to_jsonb(unstruct_event_com_acme_transaction_1) -> \x27status\x27',
    path=['status'],
    json='unstruct_event_com_acme_transaction_1 -> \x27status\x27'
) }} as transaction_status
{{ signals_value(
    columns, 'number',
    column='unstruct_event_com_acme_transaction_1',
    typed='to_jsonb(unstruct_event_com_acme_transaction_1) -> \x27status\x27',
    path=['status'],
    json='unstruct_event_com_acme_transaction_1 -> \x27status\x27'
) }} as transaction_status_as_number
{{ signals_value(
    columns, 'boolean',
    column='unstruct_event_com_acme_transaction_1',
    typed='to_jsonb(unstruct_event_com_acme_transaction_1) -> \x27status\x27',
    path=['status'],
    json='unstruct_event_com_acme_transaction_1 -> \x27status\x27'
) }} as transaction_status_as_boolean
{{ signals_value(
    columns, 'number',
    column='contexts_com_acme_product_1',
    typed='to_jsonb(contexts_com_acme_product_1) -> 0 -> \x27price\x27',
    path=[0, 'price'],
    json='contexts_com_acme_product_1 -> 0 -> \x27price\x27'
) }} as product_price_as_number
{{ signals_value(
    columns, 'text',
    column='contexts_com_acme_product_1',
    typed='to_jsonb(contexts_com_acme_product_1) -> 0 -> \x27id\x27',
    path=[0, 'id'],
    json='contexts_com_acme_product_1 -> 0 -> \x27id\x27'
) }} as product_id

-- daily_aggregates
(
    page_urlpath like '/shop/%' escape ''
    and coalesce(not page_urlpath like '%/_old' escape '', true)
) as is_events_of_alike
(
    translate(page_urlpath, 'AERSſTẞ', 'aersstß') like '%/straße_%' escape ''
    or coalesce(not page_urlpath like '%1%' escape '', true)
) as is_events_of_any_case
(
    coalesce(transaction_status <> 'void', true)
    and (
        transaction_coupon is null
        or (transaction_order_total_as_number > 10 and transaction_order_total_as_number < 99.5e0)
    )
    and (transaction_status = 'sent' and page_urlpath like '/a%' escape '')
) as is_events_of_nested

-- attributes_this_run
case
    when nullif(merged.count_events_paid, 0) is null then cast(0 as bigint)
    else cast(merged.count_events_paid as bigint)
end as eq_text
case
    when nullif(merged.count_events_of_eq_number, 0) is null then cast(0 as bigint)
    else cast(merged.count_events_of_eq_number as bigint)
end as eq_number
case
    when nullif(merged.count_events_of_eq_boolean, 0) is null then cast(0 as bigint)
    else cast(merged.count_events_of_eq_boolean as bigint)
end as eq_boolean
case
    when nullif(merged.count_events_of_neq, 0) is null then cast(0 as bigint)
    else cast(merged.count_events_of_neq as bigint)
end as neq
case
    when nullif(merged.count_events_of_between_two, 0) is null then cast(0 as bigint)
    else cast(merged.count_events_of_between_two as bigint)
end as between_two
case
    when nullif(merged.count_events_of_outside, 0) is null then cast(0 as bigint)
    else cast(merged.count_events_of_outside as bigint)
end as outside
case
    when nullif(merged.count_events_of_alike, 0) is null then cast(0 as bigint)
    else cast(merged.count_events_of_alike as bigint)
end as alike
case
    when nullif(merged.count_events_of_any_case, 0) is null then cast(0 as bigint)
    else cast(merged.count_events_of_any_case as bigint)
end as any_case
case
    when nullif(merged.count_events_of_in_range, 0) is null then cast(0 as bigint)
    else cast(merged.count_events_of_in_range as bigint)
end as in_range
case
    when nullif(merged.count_events_of_in_shop, 0) is null then cast(0 as bigint)
    else cast(merged.count_events_of_in_shop as bigint)
end as in_shop
case
    when nullif(merged.count_events_of_nested, 0) is null then cast(0 as bigint)
    else cast(merged.count_events_of_nested as bigint)
end as nested
case
    when nullif(merged.count_events_of_of_two, 0) is null then cast(0 as bigint)
    else cast(merged.count_events_of_of_two as bigint)
end as of_two
case
    when nullif(merged.count_events_of_listed, 0) is null then cast(0 as bigint)
    else cast(merged.count_events_of_listed as bigint)
end as listed
case
    when nullif(merged.count_events_of_not_listed, 0) is null then cast(0 as bigint)
    else cast(merged.count_events_of_not_listed as bigint)
end as not_listed
case
    when nullif(merged.count_events_of_missing, 0) is null then cast(0 as bigint)
    else cast(merged.count_events_of_missing as bigint)
end as missing
case
    when nullif(merged.count_events_of_all_and_any, 0) is null then cast(0 as bigint)
    else cast(merged.count_events_of_all_and_any as bigint)
end as all_and_any
