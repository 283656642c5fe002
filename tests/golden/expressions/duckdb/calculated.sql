-- base_events_this_run
list_aggregate([
    {{ signals_value(
        columns, 'text',
        column='unstruct_event_com_acme_transaction_1',
        typed='unstruct_event_com_acme_transaction_1.status',
        path=['status'],
        json='json_extract(unstruct_event_com_acme_transaction_1, \x27$."status"\x27)'
    ) }},
    {{ signals_value(columns, 'text', 'page_urlpath', 'page_urlpath') }}
], 'string_agg', ' {{ '{' }}{ / }} ') as concat_of_transaction_status_and_page_urlpath
nullif(nullif(nullif(list_sum([
    {{ signals_value(
        columns, 'number',
        column='unstruct_event_com_acme_transaction_1',
        typed='unstruct_event_com_acme_transaction_1.order_total',
        path=['order_total'],
        json='json_extract(unstruct_event_com_acme_transaction_1, \x27$."orderTotal"\x27)'
    ) }},
    {{ signals_value(
        columns, 'number',
        column='unstruct_event_com_acme_transaction_1',
        typed='unstruct_event_com_acme_transaction_1.shipping',
        path=['shipping'],
        json='json_extract(unstruct_event_com_acme_transaction_1, \x27$."shipping"\x27)'
    ) }}
]), cast('infinity' as double)), cast('-infinity' as double)), cast('nan' as double)) as sum_of_transaction_order_and_transaction_shipping_as_n
nullif(nullif(nullif(({{ signals_value(
    columns, 'number',
    column='contexts_com_acme_product_1',
    typed='contexts_com_acme_product_1[1].price',
    path=[0, 'price'],
    json='json_extract(contexts_com_acme_product_1, \x27$[0]."price"\x27)'
) }} * {{ signals_value(
    columns, 'number',
    column='contexts_com_acme_product_1',
    typed='contexts_com_acme_product_1[1].quantity',
    path=[0, 'quantity'],
    json='json_extract(contexts_com_acme_product_1, \x27$[0]."quantity"\x27)'
) }}), cast('infinity' as double)), cast('-infinity' as double)), cast('nan' as double)) as product_of_product_price_and_product_quantity_as_numbe
nullif(nullif(nullif(list_min([
    {{ signals_value(
        columns, 'number',
        column='unstruct_event_com_acme_transaction_1',
        typed='unstruct_event_com_acme_transaction_1.order_total',
        path=['order_total'],
        json='json_extract(unstruct_event_com_acme_transaction_1, \x27$."orderTotal"\x27)'
    ) }},
    {{ signals_value(
        columns, 'number',
        column='contexts_com_acme_product_1',
        typed='contexts_com_acme_product_1[1].price',
        path=[0, 'price'],
        json='json_extract(contexts_com_acme_product_1, \x27$[0]."price"\x27)'
    ) }}
]), cast('infinity' as double)), cast('-infinity' as double)), cast('nan' as double)) as min_of_transaction_order_and_product_price_as_number
coalesce({{ signals_value(
    columns, 'text',
    column='unstruct_event_com_acme_transaction_1',
    typed='unstruct_event_com_acme_transaction_1.coupon',
    path=['coupon'],
    json='json_extract(unstruct_event_com_acme_transaction_1, \x27$."coupon"\x27)'
) }}, {{ signals_value(
    columns, 'text',
    column='unstruct_event_com_acme_transaction_1',
    typed='unstruct_event_com_acme_transaction_1.status',
    path=['status'],
    json='json_extract(unstruct_event_com_acme_transaction_1, \x27$."status"\x27)'
) }}) as coalesce_of_transaction_coupon_and_transaction_status
case when {{ signals_value(
    columns, 'text',
    column='unstruct_event_com_acme_transaction_1',
    typed='unstruct_event_com_acme_transaction_1.coupon',
    path=['coupon'],
    json='json_extract(unstruct_event_com_acme_transaction_1, \x27$."coupon"\x27)'
) }} is not null then {{ signals_value(
    columns, 'number',
    column='unstruct_event_com_acme_transaction_1',
    typed='unstruct_event_com_acme_transaction_1.coupon',
    path=['coupon'],
    json='json_extract(unstruct_event_com_acme_transaction_1, \x27$."coupon"\x27)'
) }} when {{ signals_value(
    columns, 'text',
    column='unstruct_event_com_acme_transaction_1',
    typed='unstruct_event_com_acme_transaction_1.order_total',
    path=['order_total'],
    json='json_extract(unstruct_event_com_acme_transaction_1, \x27$."orderTotal"\x27)'
) }} is not null then {{ signals_value(
    columns, 'number',
    column='unstruct_event_com_acme_transaction_1',
    typed='unstruct_event_com_acme_transaction_1.order_total',
    path=['order_total'],
    json='json_extract(unstruct_event_com_acme_transaction_1, \x27$."orderTotal"\x27)'
) }} end as coalesce_of_transaction_coupon_and_transaction_order_t
nullif(nullif(nullif(list_max([
    {{ signals_value(
        columns, 'number',
        column='unstruct_event_com_acme_transaction_1',
        typed='unstruct_event_com_acme_transaction_1.order_total',
        path=['order_total'],
        json='json_extract(unstruct_event_com_acme_transaction_1, \x27$."orderTotal"\x27)'
    ) }},
    {{ signals_value(
        columns, 'number',
        column='contexts_com_acme_product_1',
        typed='contexts_com_acme_product_1[1].price',
        path=[0, 'price'],
        json='json_extract(contexts_com_acme_product_1, \x27$[0]."price"\x27)'
    ) }}
]), cast('infinity' as double)), cast('-infinity' as double)), cast('nan' as double)) as max_of_transaction_order_and_product_price_as_number

-- daily_aggregates
max_of_transaction_order_and_product_price_as_number > 100 as is_events_of_dearer
sum(sum_of_transaction_order_and_transaction_shipping_as_n) as sum_sum_of_transaction_order_and_transaction_shipping
max(product_of_product_price_and_product_quantity_as_numbe) as max_product_of_product_price_and_product_quantity_as_n
min(min_of_transaction_order_and_product_price_as_number) as min_min_of_transaction_order_and_product_price_as_numb
arg_max(coalesce_of_transaction_coupon_and_transaction_status, (event_tstamp, event_id)) filter(
    where coalesce_of_transaction_coupon_and_transaction_status is not null
) as last_coalesce_of_transaction_coupon_and_transaction_st
max(event_tstamp) filter(
    where coalesce_of_transaction_coupon_and_transaction_status is not null
) as last_coalesce_of_transaction_coupon_and_transaction_st_tstamp
arg_max(event_id, (event_tstamp, event_id)) filter(
    where coalesce_of_transaction_coupon_and_transaction_status is not null
) as last_coalesce_of_transaction_coupon_and_transaction_st_event_id
sum(coalesce_of_transaction_coupon_and_transaction_order_t) as sum_coalesce_of_transaction_coupon_and_transaction_ord
count(*) filter(where is_events_of_dearer) as count_events_of_dearer

-- daily_values
-- for kinds
where concat_of_transaction_status_and_page_urlpath is not null
group by domain_userid, day, chunk, concat_of_transaction_status_and_page_urlpath

-- attributes_this_run
'domain_userid', 'kinds', 'paid', 'volume', 'cheapest', 'last_code', 'first_number', 'dearer'
sum(sum_sum_of_transaction_order_and_transaction_shipping) as sum_sum_of_transaction_order_and_transaction_shipping
max(max_product_of_product_price_and_product_quantity_as_n) as max_product_of_product_price_and_product_quantity_as_n
min(min_min_of_transaction_order_and_product_price_as_numb) as min_min_of_transaction_order_and_product_price_as_numb
arg_max(
    last_coalesce_of_transaction_coupon_and_transaction_st,
    (last_coalesce_of_transaction_coupon_and_transaction_st_tstamp, last_coalesce_of_transaction_coupon_and_transaction_st_event_id)
) filter(
    where last_coalesce_of_transaction_coupon_and_transaction_st is not null
) as last_coalesce_of_transaction_coupon_and_transaction_st
sum(sum_coalesce_of_transaction_coupon_and_transaction_ord) as sum_coalesce_of_transaction_coupon_and_transaction_ord
sum(count_events_of_dearer) as count_events_of_dearer
values_concat_of_transaction_status_and_page_urlpath as (
slot = 'values_concat_of_transaction_status_and_page_urlpath'
slot = 'values_concat_of_transaction_status_and_page_urlpath' and {{ signals_in_history(history, 'domain_userid') }}
kinds_collected as (
from values_concat_of_transaction_status_and_page_urlpath
coalesce(kinds_collected.collected, cast([] as text[])) as kinds
case
    when merged.sum_sum_of_transaction_order_and_transaction_shipping is null then cast(0 as double)
    when isfinite(try_cast(merged.sum_sum_of_transaction_order_and_transaction_shipping as double))
        then try_cast(merged.sum_sum_of_transaction_order_and_transaction_shipping as double)
end as paid
case
    when isfinite(try_cast(merged.max_product_of_product_price_and_product_quantity_as_n as double))
        then try_cast(merged.max_product_of_product_price_and_product_quantity_as_n as double)
end as volume
case
    when isfinite(try_cast(merged.min_min_of_transaction_order_and_product_price_as_numb as double))
        then try_cast(merged.min_min_of_transaction_order_and_product_price_as_numb as double)
end as cheapest
case
    when merged.sum_coalesce_of_transaction_coupon_and_transaction_ord is null then cast(0 as bigint)
    when merged.sum_coalesce_of_transaction_coupon_and_transaction_ord
    = trunc(merged.sum_coalesce_of_transaction_coupon_and_transaction_ord)
        then try_cast(merged.sum_coalesce_of_transaction_coupon_and_transaction_ord as bigint)
end as first_number
case
    when nullif(merged.count_events_of_dearer, 0) is null then cast(0 as bigint)
    else try_cast(merged.count_events_of_dearer as bigint)
end as dearer
left join kinds_collected on kinds_collected.domain_userid = merged.domain_userid
when
    published.signals_copies > 1
    or published.kinds is distinct from computed.kinds
    or (
        published.paid is distinct from computed.paid
        and coalesce(
            abs(published.paid - computed.paid) > 1e-12 * greatest(abs(published.paid), abs(computed.paid)),
            true
        )
    )
    or (
        published.volume is distinct from computed.volume
        and coalesce(
            abs(published.volume - computed.volume)
            > 1e-12 * greatest(abs(published.volume), abs(computed.volume)),
            true
        )
    )
    or (
        published.cheapest is distinct from computed.cheapest
        and coalesce(
            abs(published.cheapest - computed.cheapest)
            > 1e-12 * greatest(abs(published.cheapest), abs(computed.cheapest)),
            true
        )
    )
    or published.last_code is distinct from computed.last_code
    or published.first_number is distinct from computed.first_number
    or published.dearer is distinct from computed.dearer
    then 'changed'
