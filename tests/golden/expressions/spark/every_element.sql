-- base_events_this_run
{{ signals_of_elements(
    columns, 'text', 'text', 'count',
    column='contexts_com_acme_product_1',
    typed='one.sku',
    path=['sku'],
    json='get_json_object(one, \x27$.sku\x27)'
) }} as product_all_sku_count
{{ signals_of_elements(
    columns, 'number', 'number', 'sum',
    column='contexts_com_acme_product_1',
    typed='one.price',
    path=['price'],
    json='get_json_object(one, \x27$.price\x27)'
) }} as product_all_price_as_number_sum
{{ signals_of_elements(
    columns, 'number', 'number', 'count',
    column='contexts_com_acme_product_1',
    typed='one.price',
    path=['price'],
    json='get_json_object(one, \x27$.price\x27)'
) }} as product_all_price_as_number_count
{{ signals_of_elements(
    columns, 'number', 'number', 'max',
    column='contexts_com_acme_product_1',
    typed='one.price',
    path=['price'],
    json='get_json_object(one, \x27$.price\x27)'
) }} as product_all_price_as_number_max
{{ signals_of_elements(
    columns, 'text', 'text', 'min',
    column='contexts_com_acme_product_1',
    typed='one.size',
    path=['size'],
    json='get_json_object(one, \x27$.size\x27)'
) }} as product_all_size_min
{{ signals_of_elements(
    columns, 'text', 'text', 'last',
    column='contexts_com_acme_product_1',
    typed='one.sku',
    path=['sku'],
    json='get_json_object(one, \x27$.sku\x27)'
) }} as product_all_sku_last
{{ signals_of_elements(
    columns, 'text', 'text', 'list',
    column='contexts_com_acme_product_1',
    typed='one.sku',
    path=['sku'],
    json='get_json_object(one, \x27$.sku\x27)'
) }} as product_all_sku_list
{{ signals_of_elements(
    columns, 'time', 'text', 'list',
    column='contexts_com_acme_product_1',
    typed='one.made_at',
    path=['made_at'],
    json='get_json_object(one, \x27$.madeAt\x27)',
    around=[
        'cast(cast(',
        ' as date) as string)',
    ]
) }} as product_all_made_at_active_day_list

-- daily_aggregates
max_by(product_all_sku_last, struct(event_tstamp, event_id)) filter(
    where product_all_sku_last is not null
) as last_product_all_sku
max_by(event_id, struct(event_tstamp, event_id)) filter(where product_all_sku_last is not null) as last_product_all_sku_event_id

-- daily_values
events.event_id || chr(1) || lpad(cast(elements.place as string), 9, '0') as event_id
lateral view posexplode(
    from_json(events.product_all_sku_list, 'array<string>')
) elements as place, element
lateral view posexplode(
    from_json(events.product_all_made_at_active_day_list, 'array<string>')
) elements as place, element

-- attributes_this_run
max_by(last_product_all_sku, struct(last_product_all_sku_tstamp, last_product_all_sku_event_id)) filter(
    where last_product_all_sku is not null
) as last_product_all_sku
case
    when merged.sum_product_all_price_as_number_last_7_days is null then cast(0 as double)
    when abs(cast(merged.sum_product_all_price_as_number_last_7_days as double)) < double('infinity')
        then cast(merged.sum_product_all_price_as_number_last_7_days as double)
end as spent
case
    when abs(cast(merged.mean_product_all_price_as_number_total / nullif(merged.mean_product_all_price_as_number_count, 0) as double)) < double('infinity')
        then cast(
            merged.mean_product_all_price_as_number_total
            / nullif(merged.mean_product_all_price_as_number_count, 0)
            as double
        )
end as mean_price
case
    when abs(cast(merged.max_product_all_price_as_number as double)) < double('infinity')
        then cast(merged.max_product_all_price_as_number as double)
end as dearest
coalesce(skus_collected.collected, cast(array() as array<string>)) as skus
coalesce(days_collected.collected, cast(map() as map<string, bigint>)) as days
when
    published.signals_copies > 1
    or published.products is distinct from computed.products
    or (
        published.spent is distinct from computed.spent
        and coalesce(
            abs(published.spent - computed.spent)
            > 1e-12 * greatest(abs(published.spent), abs(computed.spent)),
            true
        )
    )
    or (
        published.mean_price is distinct from computed.mean_price
        and coalesce(
            abs(published.mean_price - computed.mean_price)
            > 1e-12 * greatest(abs(published.mean_price), abs(computed.mean_price)),
            true
        )
    )
    or (
        published.dearest is distinct from computed.dearest
        and coalesce(
            abs(published.dearest - computed.dearest)
            > 1e-12 * greatest(abs(published.dearest), abs(computed.dearest)),
            true
        )
    )
    or published.first_size is distinct from computed.first_size
    or published.last_sku is distinct from computed.last_sku
    or published.skus is distinct from computed.skus
    or array_sort(map_entries(published.days)) is distinct from array_sort(map_entries(computed.days))
    then 'changed'
