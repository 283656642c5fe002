-- base_events_this_run
{{ signals_value(
    columns, 'text',
    column='unstruct_event_com_acme_transaction_1',
    typed='unstruct_event_com_acme_transaction_1[\x27status\x27]',
    path=['status'],
    json='unstruct_event_com_acme_transaction_1[\x27status\x27]'
) }} as transaction_status
{{ signals_value(
    columns, 'number',
    column='unstruct_event_com_acme_transaction_1',
    typed='unstruct_event_com_acme_transaction_1[\x27status\x27]',
    path=['status'],
    json='unstruct_event_com_acme_transaction_1[\x27status\x27]'
) }} as transaction_status_as_number
{{ signals_value(
    columns, 'boolean',
    column='unstruct_event_com_acme_transaction_1',
    typed='unstruct_event_com_acme_transaction_1[\x27status\x27]',
    path=['status'],
    json='unstruct_event_com_acme_transaction_1[\x27status\x27]'
) }} as transaction_status_as_boolean
{{ signals_value(
    columns, 'number',
    column='contexts_com_acme_product_1',
    typed='contexts_com_acme_product_1[0][\x27price\x27]',
    path=[0, 'price'],
    json='contexts_com_acme_product_1[0][\x27price\x27]'
) }} as product_price_as_number
{{ signals_value(
    columns, 'text',
    column='contexts_com_acme_product_1',
    typed='contexts_com_acme_product_1[0][\x27id\x27]',
    path=[0, 'id'],
    json='contexts_com_acme_product_1[0][\x27id\x27]'
) }} as product_id

-- daily_aggregates
startswith(page_urlpath, '/shop_100%/') as is_events_of_in_shop
count_if(is_events_paid) as count_events_paid
count_if(is_events_of_eq_number) as count_events_of_eq_number
count_if(is_events_of_eq_boolean) as count_events_of_eq_boolean
count_if(is_events_of_neq) as count_events_of_neq
count_if(is_events_of_between_two) as count_events_of_between_two
count_if(is_events_of_outside) as count_events_of_outside
count_if(is_events_of_alike) as count_events_of_alike
count_if(is_events_of_any_case) as count_events_of_any_case
count_if(is_events_of_in_range) as count_events_of_in_range
count_if(is_events_of_in_shop) as count_events_of_in_shop
count_if(is_events_of_nested) as count_events_of_nested
count_if(is_events_of_of_two) as count_events_of_of_two
count_if(is_events_of_listed) as count_events_of_listed
count_if(is_events_of_not_listed) as count_events_of_not_listed
count_if(is_events_of_missing) as count_events_of_missing
count_if(is_events_of_all_and_any) as count_events_of_all_and_any

-- attributes_this_run
case
    when nullif(merged.count_events_paid, 0) is null then cast(0 as number(19, 0))
    else cast(merged.count_events_paid as number(19, 0))
end as eq_text
case
    when nullif(merged.count_events_of_eq_number, 0) is null then cast(0 as number(19, 0))
    else cast(merged.count_events_of_eq_number as number(19, 0))
end as eq_number
case
    when nullif(merged.count_events_of_eq_boolean, 0) is null then cast(0 as number(19, 0))
    else cast(merged.count_events_of_eq_boolean as number(19, 0))
end as eq_boolean
case
    when nullif(merged.count_events_of_neq, 0) is null then cast(0 as number(19, 0))
    else cast(merged.count_events_of_neq as number(19, 0))
end as neq
case
    when nullif(merged.count_events_of_between_two, 0) is null then cast(0 as number(19, 0))
    else cast(merged.count_events_of_between_two as number(19, 0))
end as between_two
case
    when nullif(merged.count_events_of_outside, 0) is null then cast(0 as number(19, 0))
    else cast(merged.count_events_of_outside as number(19, 0))
end as outside
case
    when nullif(merged.count_events_of_alike, 0) is null then cast(0 as number(19, 0))
    else cast(merged.count_events_of_alike as number(19, 0))
end as alike
case
    when nullif(merged.count_events_of_any_case, 0) is null then cast(0 as number(19, 0))
    else cast(merged.count_events_of_any_case as number(19, 0))
end as any_case
case
    when nullif(merged.count_events_of_in_range, 0) is null then cast(0 as number(19, 0))
    else cast(merged.count_events_of_in_range as number(19, 0))
end as in_range
case
    when nullif(merged.count_events_of_in_shop, 0) is null then cast(0 as number(19, 0))
    else cast(merged.count_events_of_in_shop as number(19, 0))
end as in_shop
case
    when nullif(merged.count_events_of_nested, 0) is null then cast(0 as number(19, 0))
    else cast(merged.count_events_of_nested as number(19, 0))
end as nested
case
    when nullif(merged.count_events_of_of_two, 0) is null then cast(0 as number(19, 0))
    else cast(merged.count_events_of_of_two as number(19, 0))
end as of_two
case
    when nullif(merged.count_events_of_listed, 0) is null then cast(0 as number(19, 0))
    else cast(merged.count_events_of_listed as number(19, 0))
end as listed
case
    when nullif(merged.count_events_of_not_listed, 0) is null then cast(0 as number(19, 0))
    else cast(merged.count_events_of_not_listed as number(19, 0))
end as not_listed
case
    when nullif(merged.count_events_of_missing, 0) is null then cast(0 as number(19, 0))
    else cast(merged.count_events_of_missing as number(19, 0))
end as missing
case
    when nullif(merged.count_events_of_all_and_any, 0) is null then cast(0 as number(19, 0))
    else cast(merged.count_events_of_all_and_any as number(19, 0))
end as all_and_any
