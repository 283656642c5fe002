-- base_events_this_run
{{ signals_of_elements(
    columns, 'text', 'text', 'count',
    column='contexts_com_acme_product_1',
    typed='one.sku',
    path=['sku'],
    json='one[\x27sku\x27]'
) }} as product_all_sku_count
{{ signals_of_elements(
    columns, 'number', 'number', 'sum',
    column='contexts_com_acme_product_1',
    typed='one.price',
    path=['price'],
    json='one[\x27price\x27]'
) }} as product_all_price_as_number_sum
{{ signals_of_elements(
    columns, 'number', 'number', 'count',
    column='contexts_com_acme_product_1',
    typed='one.price',
    path=['price'],
    json='one[\x27price\x27]'
) }} as product_all_price_as_number_count
{{ signals_of_elements(
    columns, 'number', 'number', 'max',
    column='contexts_com_acme_product_1',
    typed='one.price',
    path=['price'],
    json='one[\x27price\x27]'
) }} as product_all_price_as_number_max
{{ signals_of_elements(
    columns, 'text', 'text', 'min',
    column='contexts_com_acme_product_1',
    typed='one.size',
    path=['size'],
    json='one[\x27size\x27]'
) }} as product_all_size_min
{{ signals_of_elements(
    columns, 'text', 'text', 'last',
    column='contexts_com_acme_product_1',
    typed='one.sku',
    path=['sku'],
    json='one[\x27sku\x27]'
) }} as product_all_sku_last
{{ signals_of_elements(
    columns, 'text', 'text', 'list',
    column='contexts_com_acme_product_1',
    typed='one.sku',
    path=['sku'],
    json='one[\x27sku\x27]'
) }} as product_all_sku_list
{{ signals_of_elements(
    columns, 'time', 'text', 'list',
    column='contexts_com_acme_product_1',
    typed='one.made_at',
    path=['made_at'],
    json='one[\x27madeAt\x27]',
    around=[
        'cast(cast(',
        ' as date) as string)',
    ]
) }} as product_all_made_at_active_day_list

-- daily_aggregates
cast(coalesce(sum(product_all_sku_count), 0) as int64) as count_product_all_sku
sum(
    case
        when abs(product_all_price_as_number_sum) < 1e290 then product_all_price_as_number_sum
        else sign(product_all_price_as_number_sum) * cast('inf' as float64)
    end
) as sum_product_all_price_as_number
sum(
    case
        when abs(product_all_price_as_number_sum) < 1e290 then product_all_price_as_number_sum
        else sign(product_all_price_as_number_sum) * cast('inf' as float64)
    end
) as mean_product_all_price_as_number_total
cast(coalesce(sum(product_all_price_as_number_count), 0) as int64) as mean_product_all_price_as_number_count
array_agg(if(product_all_sku_last is not null, product_all_sku_last, null) ignore nulls order by event_tstamp desc, event_id desc limit 1)[safe_offset(0)] as last_product_all_sku
max(if(product_all_sku_last is not null, event_tstamp, null)) as last_product_all_sku_tstamp
array_agg(if(product_all_sku_last is not null, event_id, null) ignore nulls order by event_tstamp desc, event_id desc limit 1)[safe_offset(0)] as last_product_all_sku_event_id

-- daily_values
events.event_id || chr(1) || lpad(cast(element_place as string), 9, '0') as event_id
cross join unnest(json_value_array(events.product_all_sku_list)) as element with offset as element_place
cross join unnest(json_value_array(events.product_all_made_at_active_day_list)) as element with offset as element_place

-- attributes_this_run
sum(if(in_last_7_days, sum_product_all_price_as_number, null)) as sum_product_all_price_as_number_last_7_days
array_agg(if(last_product_all_sku is not null, last_product_all_sku, null) ignore nulls order by last_product_all_sku_tstamp desc, last_product_all_sku_event_id desc limit 1)[safe_offset(0)] as last_product_all_sku
case
    when nullif(merged.count_product_all_sku, 0) is null then cast(0 as int64)
    else cast(merged.count_product_all_sku as int64)
end as products
case
    when merged.sum_product_all_price_as_number_last_7_days is null then cast(0 as float64)
    else if(
        abs(merged.sum_product_all_price_as_number_last_7_days) <= 1.7976931348623157e308,
        merged.sum_product_all_price_as_number_last_7_days,
        null
    )
end as spent
if(
    abs(merged.mean_product_all_price_as_number_total / nullif(merged.mean_product_all_price_as_number_count, 0)) <= 1.7976931348623157e308,
    merged.mean_product_all_price_as_number_total
    / nullif(merged.mean_product_all_price_as_number_count, 0),
    null
) as mean_price
if(
    abs(merged.max_product_all_price_as_number) <= 1.7976931348623157e308,
    merged.max_product_all_price_as_number,
    null
) as dearest
coalesce(skus_collected.collected, array<string>[]) as skus
coalesce(days_collected.collected, array<struct<key string, value int64>>[]) as days
when
    published.signals_copies > 1
    or published.products is distinct from computed.products
    or (
        published.spent is distinct from computed.spent
        and coalesce(
            abs(safe_subtract(published.spent, computed.spent))
            > 1e-12 * greatest(abs(published.spent), abs(computed.spent)),
            true
        )
    )
    or (
        published.mean_price is distinct from computed.mean_price
        and coalesce(
            abs(safe_subtract(published.mean_price, computed.mean_price))
            > 1e-12 * greatest(abs(published.mean_price), abs(computed.mean_price)),
            true
        )
    )
    or (
        published.dearest is distinct from computed.dearest
        and coalesce(
            abs(safe_subtract(published.dearest, computed.dearest))
            > 1e-12 * greatest(abs(published.dearest), abs(computed.dearest)),
            true
        )
    )
    or published.first_size is distinct from computed.first_size
    or published.last_sku is distinct from computed.last_sku
    or to_json_string(published.skus) is distinct from to_json_string(computed.skus)
    or to_json_string(published.days) is distinct from to_json_string(computed.days)
    then 'changed'
