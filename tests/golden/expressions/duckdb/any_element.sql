-- base_events_this_run
{{ signals_of_elements(
    columns, 'number', 'number', 'any',
    column='contexts_com_acme_product_1',
    typed='one.price',
    path=['price'],
    json='json_extract(one, \x27$."price"\x27)',
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
    json='json_extract(one, \x27$."category"\x27)',
    around=[
        'coalesce(coalesce(',
        ' <> \x27it\x27\x27s \x7b\x7b x \x7d\x7d\x0a\x27, true), false)',
    ]
) }} as product_any_category_is_not_it_s_x
{{ signals_of_elements(
    columns, 'text', 'text', 'any',
    column='contexts_com_acme_product_1',
    typed='one.sku',
    path=['sku'],
    json='json_extract(one, \x27$."sku"\x27)',
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
    json='json_extract(one, \x27$."price"\x27)',
    around=[
        'coalesce(',
        ' is null, false)',
    ]
) }} as product_any_price_is_null

-- daily_aggregates
product_any_sku_in or product_any_price_is_null as is_events_of_listed_or_unpriced
count(*) filter(where is_events_of_dear) as count_events_of_dear
count(*) filter(where is_events_of_not_shoes) as count_events_of_not_shoes
count(*) filter(where is_events_of_listed_or_unpriced) as count_events_of_listed_or_unpriced

-- attributes_this_run
'domain_userid', 'dear', 'not_shoes', 'listed_or_unpriced', 'updated_at'
sum(count_events_of_dear) as count_events_of_dear
sum(count_events_of_not_shoes) as count_events_of_not_shoes
sum(count_events_of_listed_or_unpriced) as count_events_of_listed_or_unpriced
case
    when nullif(merged.count_events_of_dear, 0) is null then cast(0 as bigint)
    else try_cast(merged.count_events_of_dear as bigint)
end as dear
case
    when nullif(merged.count_events_of_not_shoes, 0) is null then cast(0 as bigint)
    else try_cast(merged.count_events_of_not_shoes as bigint)
end as not_shoes
case
    when nullif(merged.count_events_of_listed_or_unpriced, 0) is null then cast(0 as bigint)
    else try_cast(merged.count_events_of_listed_or_unpriced as bigint)
end as listed_or_unpriced
when
    published.signals_copies > 1
    or published.dear is distinct from computed.dear
    or published.not_shoes is distinct from computed.not_shoes
    or published.listed_or_unpriced is distinct from computed.listed_or_unpriced
    then 'changed'
