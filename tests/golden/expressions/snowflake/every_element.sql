-- base_events_this_run
{{ signals_of_elements(
    columns, 'text', 'text', 'count',
    column='contexts_com_acme_product_1',
    typed='one[\x27sku\x27]',
    path=['sku'],
    json='one[\x27sku\x27]'
) }} as product_all_sku_count
{{ signals_of_elements(
    columns, 'number', 'number', 'sum',
    column='contexts_com_acme_product_1',
    typed='one[\x27price\x27]',
    path=['price'],
    json='one[\x27price\x27]'
) }} as product_all_price_as_number_sum
{{ signals_of_elements(
    columns, 'number', 'number', 'count',
    column='contexts_com_acme_product_1',
    typed='one[\x27price\x27]',
    path=['price'],
    json='one[\x27price\x27]'
) }} as product_all_price_as_number_count
{{ signals_of_elements(
    columns, 'number', 'number', 'max',
    column='contexts_com_acme_product_1',
    typed='one[\x27price\x27]',
    path=['price'],
    json='one[\x27price\x27]'
) }} as product_all_price_as_number_max
{{ signals_of_elements(
    columns, 'text', 'text', 'min',
    column='contexts_com_acme_product_1',
    typed='one[\x27size\x27]',
    path=['size'],
    json='one[\x27size\x27]'
) }} as product_all_size_min
{{ signals_of_elements(
    columns, 'text', 'text', 'last',
    column='contexts_com_acme_product_1',
    typed='one[\x27sku\x27]',
    path=['sku'],
    json='one[\x27sku\x27]'
) }} as product_all_sku_last
{{ signals_of_elements(
    columns, 'text', 'text', 'list',
    column='contexts_com_acme_product_1',
    typed='one[\x27sku\x27]',
    path=['sku'],
    json='one[\x27sku\x27]'
) }} as product_all_sku_list
{{ signals_of_elements(
    columns, 'time', 'text', 'list',
    column='contexts_com_acme_product_1',
    typed='one[\x27madeAt\x27]',
    path=['madeAt'],
    json='one[\x27madeAt\x27]',
    around=[
        'to_char(date_trunc(\x27day\x27, ',
        '), \x27YYYY-MM-DD\x27)',
    ]
) }} as product_all_made_at_active_day_list

-- daily_aggregates
cast(coalesce(sum(product_all_sku_count), 0) as decimal(19, 0)) as count_product_all_sku
sum(
    case
        when abs(product_all_price_as_number_sum) >= 1e290 then to_double('inf')
        else product_all_price_as_number_sum
    end
) as sum_product_all_price_as_number
sum(
    case
        when abs(product_all_price_as_number_sum) >= 1e290 then to_double('inf')
        else product_all_price_as_number_sum
    end
) as mean_product_all_price_as_number_total
cast(coalesce(sum(product_all_price_as_number_count), 0) as decimal(19, 0)) as mean_product_all_price_as_number_count
max_by(
    product_all_sku_last,
    case
        when product_all_sku_last is not null then to_char(event_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || event_id
    end
) as last_product_all_sku
max(case when product_all_sku_last is not null then event_tstamp end) as last_product_all_sku_tstamp
max_by(
    event_id,
    case
        when product_all_sku_last is not null then to_char(event_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || event_id
    end
) as last_product_all_sku_event_id

-- daily_values
events.event_id || chr(1) || lpad(cast(elements.index as varchar), 9, '0') as event_id
cast(elements.value as varchar) as product_all_sku_list
, lateral flatten(input => parse_json(events.product_all_sku_list)) as elements
cast(elements.value as varchar) as product_all_made_at_active_day_list
, lateral flatten(input => parse_json(events.product_all_made_at_active_day_list)) as elements

-- attributes_this_run
sum(case when in_last_7_days then sum_product_all_price_as_number end) as sum_product_all_price_as_number_last_7_days
max_by(
    last_product_all_sku,
    case
        when last_product_all_sku is not null
            then to_char(last_product_all_sku_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || last_product_all_sku_event_id
    end
) as last_product_all_sku
case
    when nullif(merged.count_product_all_sku, 0) is null then cast(0 as number(19, 0))
    else cast(merged.count_product_all_sku as number(19, 0))
end as products
case
    when merged.sum_product_all_price_as_number_last_7_days is null then cast(0 as double)
    when abs(merged.sum_product_all_price_as_number_last_7_days) < to_double('inf')
        then merged.sum_product_all_price_as_number_last_7_days
end as spent
case
    when abs(merged.mean_product_all_price_as_number_total / nullif(merged.mean_product_all_price_as_number_count, 0)) < to_double('inf')
        then merged.mean_product_all_price_as_number_total
        / nullif(merged.mean_product_all_price_as_number_count, 0)
end as mean_price
case
    when abs(merged.max_product_all_price_as_number) < to_double('inf')
        then merged.max_product_all_price_as_number
end as dearest
coalesce(skus_collected.collected, array_construct()) as skus
coalesce(days_collected.collected, object_construct()) as days
when
    published.signals_copies > 1
    or published.products is distinct from computed.products
    or (
        published.spent is distinct from computed.spent
        and coalesce(
            abs(published.spent / nullif(greatest(abs(published.spent), abs(computed.spent)), 0) - computed.spent / nullif(greatest(abs(published.spent), abs(computed.spent)), 0))
            > 1e-12,
            true
        )
    )
    or (
        published.mean_price is distinct from computed.mean_price
        and coalesce(
            abs(published.mean_price / nullif(greatest(abs(published.mean_price), abs(computed.mean_price)), 0) - computed.mean_price / nullif(greatest(abs(published.mean_price), abs(computed.mean_price)), 0))
            > 1e-12,
            true
        )
    )
    or (
        published.dearest is distinct from computed.dearest
        and coalesce(
            abs(published.dearest / nullif(greatest(abs(published.dearest), abs(computed.dearest)), 0) - computed.dearest / nullif(greatest(abs(published.dearest), abs(computed.dearest)), 0))
            > 1e-12,
            true
        )
    )
    or published.first_size is distinct from computed.first_size
    or published.last_sku is distinct from computed.last_sku
    or to_json(published.skus) is distinct from to_json(computed.skus)
    or to_json(published.days) is distinct from to_json(computed.days)
    then 'changed'
