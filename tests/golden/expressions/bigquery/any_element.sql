-- base_events_this_run
{{ signals_of_elements(
    columns, 'number', 'number', 'any',
    column='contexts_com_acme_product_1',
    typed='one.price',
    path=['price'],
    json='one[\x27price\x27]',
    around=[
        'coalesce(',
        ' > 99.5e0, false)',
    ]
) }} as product_any_price_above
{{ signals_of_elements(
    columns, 'text', 'text', 'any',
    column='contexts_com_acme_product_1',
    typed='one.category',
    path=['category'],
    json='one[\x27category\x27]',
    around=[
        'coalesce(coalesce(',
        ' <> \x27it\x5c\x27s \x7b\x7b x \x7d\x7d\x5cn\x27, true), false)',
    ]
) }} as product_any_category_is_not_it_s_x
{{ signals_of_elements(
    columns, 'text', 'text', 'any',
    column='contexts_com_acme_product_1',
    typed='one.sku',
    path=['sku'],
    json='one[\x27sku\x27]',
    around=[
        'coalesce(',
        ' in (\x27a\x27, \x27b\x27), false)',
    ]
) }} as product_any_sku_in
{{ signals_of_elements(
    columns, 'text', 'text', 'any',
    column='contexts_com_acme_product_1',
    typed='one.price',
    path=['price'],
    json='one[\x27price\x27]',
    around=[
        'coalesce(',
        ' is null, false)',
    ]
) }} as product_any_price_is_null

-- daily_aggregates
countif(is_events_of_dear) as count_events_of_dear
countif(is_events_of_not_shoes) as count_events_of_not_shoes
countif(is_events_of_listed_or_unpriced) as count_events_of_listed_or_unpriced

-- attributes_this_run
case
    when nullif(merged.count_events_of_dear, 0) is null then cast(0 as int64)
    else cast(merged.count_events_of_dear as int64)
end as dear
case
    when nullif(merged.count_events_of_not_shoes, 0) is null then cast(0 as int64)
    else cast(merged.count_events_of_not_shoes as int64)
end as not_shoes
case
    when nullif(merged.count_events_of_listed_or_unpriced, 0) is null then cast(0 as int64)
    else cast(merged.count_events_of_listed_or_unpriced as int64)
end as listed_or_unpriced
