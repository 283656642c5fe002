-- base_events_this_run
{{ signals_of_elements(
    columns, 'text', 'text', 'count',
    column='contexts_com_acme_product_1',
    typed='to_jsonb(one) -> \x27sku\x27',
    path=['sku'],
    json='one -> \x27sku\x27'
) }} as product_all_sku_count
{{ signals_of_elements(
    columns, 'number', 'number', 'sum',
    column='contexts_com_acme_product_1',
    typed='to_jsonb(one) -> \x27price\x27',
    path=['price'],
    json='one -> \x27price\x27'
) }} as product_all_price_as_number_sum
{{ signals_of_elements(
    columns, 'number', 'number', 'count',
    column='contexts_com_acme_product_1',
    typed='to_jsonb(one) -> \x27price\x27',
    path=['price'],
    json='one -> \x27price\x27'
) }} as product_all_price_as_number_count
{{ signals_of_elements(
    columns, 'number', 'number', 'max',
    column='contexts_com_acme_product_1',
    typed='to_jsonb(one) -> \x27price\x27',
    path=['price'],
    json='one -> \x27price\x27'
) }} as product_all_price_as_number_max
{{ signals_of_elements(
    columns, 'text', 'text', 'min',
    column='contexts_com_acme_product_1',
    typed='to_jsonb(one) -> \x27size\x27',
    path=['size'],
    json='one -> \x27size\x27'
) }} as product_all_size_min
{{ signals_of_elements(
    columns, 'text', 'text', 'last',
    column='contexts_com_acme_product_1',
    typed='to_jsonb(one) -> \x27sku\x27',
    path=['sku'],
    json='one -> \x27sku\x27'
) }} as product_all_sku_last
{{ signals_of_elements(
    columns, 'text', 'text', 'list',
    column='contexts_com_acme_product_1',
    typed='to_jsonb(one) -> \x27sku\x27',
    path=['sku'],
    json='one -> \x27sku\x27'
) }} as product_all_sku_list
{{ signals_of_elements(
    columns, 'time', 'text', 'list',
    column='contexts_com_acme_product_1',
    typed='to_jsonb(one) -> \x27made_at\x27',
    path=['made_at'],
    json='one -> \x27madeAt\x27',
    around=[
        'to_char(date_trunc(\x27day\x27, ',
        '), \x27YYYY-MM-DD\x27) collate "C"',
    ]
) }} as product_all_made_at_active_day_list

-- daily_aggregates
sum(
    case
        when abs(product_all_price_as_number_sum) < 1e290 then product_all_price_as_number_sum
        else product_all_price_as_number_sum * cast('Infinity' as double precision)
    end
) as sum_product_all_price_as_number
sum(
    case
        when abs(product_all_price_as_number_sum) < 1e290 then product_all_price_as_number_sum
        else product_all_price_as_number_sum * cast('Infinity' as double precision)
    end
) as mean_product_all_price_as_number_total
(
    array_agg(product_all_sku_last order by event_tstamp desc, event_id desc) filter(
        where product_all_sku_last is not null
    )
)[1] as last_product_all_sku
(
    array_agg(event_id order by event_tstamp desc, event_id desc) filter(
        where product_all_sku_last is not null
    )
)[1] as last_product_all_sku_event_id

-- daily_values
events.event_id || chr(1) || lpad(cast(elements.place as text), 9, '0') as event_id
elements.element collate "C" as product_all_sku_list
cross join json_array_elements_text(
    cast(events.product_all_sku_list as json)
) with ordinality as elements (element, place)
elements.element collate "C" as product_all_made_at_active_day_list
cross join json_array_elements_text(
    cast(events.product_all_made_at_active_day_list as json)
) with ordinality as elements (element, place)

-- attributes_this_run
(
    array_agg(
        last_product_all_sku
        order by last_product_all_sku_tstamp desc, last_product_all_sku_event_id desc
    ) filter(
        where last_product_all_sku is not null
    )
)[1] as last_product_all_sku
case
    when nullif(merged.count_product_all_sku, 0) is null then cast(0 as bigint)
    else cast(merged.count_product_all_sku as bigint)
end as products
case
    when merged.sum_product_all_price_as_number_last_7_days is null then cast(0 as double precision)
    when not merged.sum_product_all_price_as_number_last_7_days in ('NaN', 'Infinity', '-Infinity')
        then merged.sum_product_all_price_as_number_last_7_days
end as spent
case
    when not cast(merged.mean_product_all_price_as_number_total as double precision) / nullif(merged.mean_product_all_price_as_number_count, 0) in ('NaN', 'Infinity', '-Infinity')
        then merged.mean_product_all_price_as_number_total
        / nullif(merged.mean_product_all_price_as_number_count, 0)
end as mean_price
case
    when not merged.max_product_all_price_as_number in ('NaN', 'Infinity', '-Infinity')
        then merged.max_product_all_price_as_number
end as dearest
coalesce(skus_collected.collected, cast(array[] as text[])) as skus
coalesce(days_collected.collected, cast('{}' as jsonb)) as days
when
    published.signals_copies > 1
    or published.products is distinct from computed.products
    or (
        published.spent is distinct from computed.spent
        and coalesce(
            abs(cast(published.spent as decimal) - cast(computed.spent as decimal))
            > 1e-12 * greatest(abs(cast(published.spent as decimal)), abs(cast(computed.spent as decimal))),
            true
        )
    )
    or (
        published.mean_price is distinct from computed.mean_price
        and coalesce(
            abs(cast(published.mean_price as decimal) - cast(computed.mean_price as decimal))
            > 1e-12 * greatest(abs(cast(published.mean_price as decimal)), abs(cast(computed.mean_price as decimal))),
            true
        )
    )
    or (
        published.dearest is distinct from computed.dearest
        and coalesce(
            abs(cast(published.dearest as decimal) - cast(computed.dearest as decimal))
            > 1e-12 * greatest(abs(cast(published.dearest as decimal)), abs(cast(computed.dearest as decimal))),
            true
        )
    )
    or published.first_size is distinct from computed.first_size
    or published.last_sku is distinct from computed.last_sku
    or published.skus is distinct from computed.skus
    or published.days is distinct from computed.days
    then 'changed'
