-- base_events_this_run
{{ signals_of_elements(
    columns, 'text', 'text', 'count',
    column='contexts_com_acme_product_1',
    typed='one.sku',
    path=['sku'],
    json='json_extract(one, \x27$."sku"\x27)'
) }} as product_all_sku_count
{{ signals_of_elements(
    columns, 'number', 'number', 'sum',
    column='contexts_com_acme_product_1',
    typed='one.price',
    path=['price'],
    json='json_extract(one, \x27$."price"\x27)'
) }} as product_all_price_as_number_sum
{{ signals_of_elements(
    columns, 'number', 'number', 'count',
    column='contexts_com_acme_product_1',
    typed='one.price',
    path=['price'],
    json='json_extract(one, \x27$."price"\x27)'
) }} as product_all_price_as_number_count
{{ signals_of_elements(
    columns, 'number', 'number', 'max',
    column='contexts_com_acme_product_1',
    typed='one.price',
    path=['price'],
    json='json_extract(one, \x27$."price"\x27)'
) }} as product_all_price_as_number_max
{{ signals_of_elements(
    columns, 'text', 'text', 'min',
    column='contexts_com_acme_product_1',
    typed='one.size',
    path=['size'],
    json='json_extract(one, \x27$."size"\x27)'
) }} as product_all_size_min
{{ signals_of_elements(
    columns, 'text', 'text', 'last',
    column='contexts_com_acme_product_1',
    typed='one.sku',
    path=['sku'],
    json='json_extract(one, \x27$."sku"\x27)'
) }} as product_all_sku_last
{{ signals_of_elements(
    columns, 'text', 'text', 'list',
    column='contexts_com_acme_product_1',
    typed='one.sku',
    path=['sku'],
    json='json_extract(one, \x27$."sku"\x27)'
) }} as product_all_sku_list
{{ signals_of_elements(
    columns, 'time', 'text', 'list',
    column='contexts_com_acme_product_1',
    typed='one.made_at',
    path=['made_at'],
    json='json_extract(one, \x27$."madeAt"\x27)',
    around=[
        'cast(cast(date_trunc(\x27day\x27, ',
        ') as date) as text)',
    ]
) }} as product_all_made_at_active_day_list

-- daily_aggregates
cast(coalesce(sum(product_all_sku_count), 0) as bigint) as count_product_all_sku
sum(product_all_price_as_number_sum) as sum_product_all_price_as_number
sum(product_all_price_as_number_sum) as mean_product_all_price_as_number_total
cast(coalesce(sum(product_all_price_as_number_count), 0) as bigint) as mean_product_all_price_as_number_count
max(product_all_price_as_number_max) as max_product_all_price_as_number
min(product_all_size_min) as min_product_all_size
arg_max(product_all_sku_last, (event_tstamp, event_id)) filter(
    where product_all_sku_last is not null
) as last_product_all_sku
max(event_tstamp) filter(where product_all_sku_last is not null) as last_product_all_sku_tstamp
arg_max(event_id, (event_tstamp, event_id)) filter(where product_all_sku_last is not null) as last_product_all_sku_event_id

-- daily_values
-- for skus
events.event_id || chr(1) || lpad(cast(elements.place as varchar), 9, '0') as event_id
cross join unnest(
    cast(from_json(events.product_all_sku_list, '["VARCHAR"]') as varchar[])
) with ordinality as elements (element, place)
) as events
where product_all_sku_list is not null
group by domain_userid, day, chunk, product_all_sku_list
-- for days
cross join unnest(
    cast(from_json(events.product_all_made_at_active_day_list, '["VARCHAR"]') as varchar[])
) with ordinality as elements (element, place)
where product_all_made_at_active_day_list is not null
group by domain_userid, day, chunk, product_all_made_at_active_day_list

-- attributes_this_run
'domain_userid', 'products', 'spent', 'mean_price', 'dearest', 'first_size', 'last_sku', 'skus'
'days', 'updated_at'
sum(count_product_all_sku) as count_product_all_sku
sum(sum_product_all_price_as_number) filter(where in_last_7_days) as sum_product_all_price_as_number_last_7_days
sum(mean_product_all_price_as_number_total) as mean_product_all_price_as_number_total
sum(mean_product_all_price_as_number_count) as mean_product_all_price_as_number_count
max(max_product_all_price_as_number) as max_product_all_price_as_number
min(min_product_all_size) as min_product_all_size
arg_max(last_product_all_sku, (last_product_all_sku_tstamp, last_product_all_sku_event_id)) filter(
    where last_product_all_sku is not null
) as last_product_all_sku
values_product_all_sku_last_7_days as (
slot = 'values_product_all_sku'
skus_collected as (
from values_product_all_sku_last_7_days
values_product_all_made_at_active_day as (
slot = 'values_product_all_made_at_active_day'
slot = 'values_product_all_made_at_active_day' and {{ signals_in_history(history, 'domain_userid') }}
days_collected as (
from values_product_all_made_at_active_day
case
    when nullif(merged.count_product_all_sku, 0) is null then cast(0 as bigint)
    else try_cast(merged.count_product_all_sku as bigint)
end as products
case
    when merged.sum_product_all_price_as_number_last_7_days is null then cast(0 as double)
    when isfinite(try_cast(merged.sum_product_all_price_as_number_last_7_days as double))
        then try_cast(merged.sum_product_all_price_as_number_last_7_days as double)
end as spent
case
    when isfinite(
        try_cast(
            merged.mean_product_all_price_as_number_total
            / nullif(merged.mean_product_all_price_as_number_count, 0)
            as double
        )
    )
        then try_cast(
            merged.mean_product_all_price_as_number_total
            / nullif(merged.mean_product_all_price_as_number_count, 0)
            as double
        )
end as mean_price
case
    when isfinite(try_cast(merged.max_product_all_price_as_number as double))
        then try_cast(merged.max_product_all_price_as_number as double)
end as dearest
coalesce(skus_collected.collected, cast([] as text[])) as skus
coalesce(days_collected.collected, cast(map([], []) as map(text, bigint))) as days
left join skus_collected on skus_collected.domain_userid = merged.domain_userid
left join days_collected on days_collected.domain_userid = merged.domain_userid
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
    or published.days is distinct from computed.days
    then 'changed'
