-- base_events_this_run
{{ signals_of_elements(
    columns, 'number', 'number', 'any',
    column='contexts_com_acme_product_1',
    typed='one.price',
    path=['price'],
    json='get_json_object(one, \x27$.price\x27)',
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
    json='get_json_object(one, \x27$.category\x27)',
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
    json='get_json_object(one, \x27$.sku\x27)',
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
    json='get_json_object(one, \x27$.price\x27)',
    around=[
        'coalesce(',
        ' is null, false)',
    ]
) }} as product_any_price_is_null
