-- base_events_this_run
(select string_agg(given, ' {{ '{' }}{ / }} ' order by place) from unnest([
    {{ signals_value(
        columns, 'text',
        column='unstruct_event_com_acme_transaction_1',
        typed='unstruct_event_com_acme_transaction_1.status',
        path=['status'],
        json='unstruct_event_com_acme_transaction_1[\x27status\x27]'
    ) }},
    {{ signals_value(columns, 'text', 'page_urlpath', 'page_urlpath') }}
]) as given with offset as place) as concat_of_transaction_status_and_page_urlpath
nullif(nullif((select sum(case when abs(given) < 1e290 then given else sign(given) * cast('inf' as float64) end) from unnest([
    {{ signals_value(
        columns, 'number',
        column='unstruct_event_com_acme_transaction_1',
        typed='unstruct_event_com_acme_transaction_1.order_total',
        path=['order_total'],
        json='unstruct_event_com_acme_transaction_1[\x27orderTotal\x27]'
    ) }},
    {{ signals_value(
        columns, 'number',
        column='unstruct_event_com_acme_transaction_1',
        typed='unstruct_event_com_acme_transaction_1.shipping',
        path=['shipping'],
        json='unstruct_event_com_acme_transaction_1[\x27shipping\x27]'
    ) }}
]) as given), cast('inf' as float64)), cast('-inf' as float64)) as sum_of_transaction_order_and_transaction_shipping_as_n
nullif(nullif(safe_multiply({{ signals_value(
    columns, 'number',
    column='contexts_com_acme_product_1',
    typed='contexts_com_acme_product_1[safe_offset(0)].price',
    path=[0, 'price'],
    json='contexts_com_acme_product_1[0][\x27price\x27]'
) }}, {{ signals_value(
    columns, 'number',
    column='contexts_com_acme_product_1',
    typed='contexts_com_acme_product_1[safe_offset(0)].quantity',
    path=[0, 'quantity'],
    json='contexts_com_acme_product_1[0][\x27quantity\x27]'
) }}), cast('inf' as float64)), cast('-inf' as float64)) as product_of_product_price_and_product_quantity_as_numbe
nullif(nullif((select min(given) from unnest([
    {{ signals_value(
        columns, 'number',
        column='unstruct_event_com_acme_transaction_1',
        typed='unstruct_event_com_acme_transaction_1.order_total',
        path=['order_total'],
        json='unstruct_event_com_acme_transaction_1[\x27orderTotal\x27]'
    ) }},
    {{ signals_value(
        columns, 'number',
        column='contexts_com_acme_product_1',
        typed='contexts_com_acme_product_1[safe_offset(0)].price',
        path=[0, 'price'],
        json='contexts_com_acme_product_1[0][\x27price\x27]'
    ) }}
]) as given), cast('inf' as float64)), cast('-inf' as float64)) as min_of_transaction_order_and_product_price_as_number
coalesce({{ signals_value(
    columns, 'text',
    column='unstruct_event_com_acme_transaction_1',
    typed='unstruct_event_com_acme_transaction_1.coupon',
    path=['coupon'],
    json='unstruct_event_com_acme_transaction_1[\x27coupon\x27]'
) }}, {{ signals_value(
    columns, 'text',
    column='unstruct_event_com_acme_transaction_1',
    typed='unstruct_event_com_acme_transaction_1.status',
    path=['status'],
    json='unstruct_event_com_acme_transaction_1[\x27status\x27]'
) }}) as coalesce_of_transaction_coupon_and_transaction_status
case when {{ signals_value(
    columns, 'text',
    column='unstruct_event_com_acme_transaction_1',
    typed='unstruct_event_com_acme_transaction_1.coupon',
    path=['coupon'],
    json='unstruct_event_com_acme_transaction_1[\x27coupon\x27]'
) }} is not null then {{ signals_value(
    columns, 'number',
    column='unstruct_event_com_acme_transaction_1',
    typed='unstruct_event_com_acme_transaction_1.coupon',
    path=['coupon'],
    json='unstruct_event_com_acme_transaction_1[\x27coupon\x27]'
) }} when {{ signals_value(
    columns, 'text',
    column='unstruct_event_com_acme_transaction_1',
    typed='unstruct_event_com_acme_transaction_1.order_total',
    path=['order_total'],
    json='unstruct_event_com_acme_transaction_1[\x27orderTotal\x27]'
) }} is not null then {{ signals_value(
    columns, 'number',
    column='unstruct_event_com_acme_transaction_1',
    typed='unstruct_event_com_acme_transaction_1.order_total',
    path=['order_total'],
    json='unstruct_event_com_acme_transaction_1[\x27orderTotal\x27]'
) }} end as coalesce_of_transaction_coupon_and_transaction_order_t
nullif(nullif((select max(given) from unnest([
    {{ signals_value(
        columns, 'number',
        column='unstruct_event_com_acme_transaction_1',
        typed='unstruct_event_com_acme_transaction_1.order_total',
        path=['order_total'],
        json='unstruct_event_com_acme_transaction_1[\x27orderTotal\x27]'
    ) }},
    {{ signals_value(
        columns, 'number',
        column='contexts_com_acme_product_1',
        typed='contexts_com_acme_product_1[safe_offset(0)].price',
        path=[0, 'price'],
        json='contexts_com_acme_product_1[0][\x27price\x27]'
    ) }}
]) as given), cast('inf' as float64)), cast('-inf' as float64)) as max_of_transaction_order_and_product_price_as_number

-- daily_aggregates
sum(
    case
        when abs(sum_of_transaction_order_and_transaction_shipping_as_n) < 1e290
            then sum_of_transaction_order_and_transaction_shipping_as_n
        else sign(sum_of_transaction_order_and_transaction_shipping_as_n) * cast('inf' as float64)
    end
) as sum_sum_of_transaction_order_and_transaction_shipping
array_agg(if(coalesce_of_transaction_coupon_and_transaction_status is not null, coalesce_of_transaction_coupon_and_transaction_status, null) ignore nulls order by event_tstamp desc, event_id desc limit 1)[safe_offset(0)] as last_coalesce_of_transaction_coupon_and_transaction_st
max(if(coalesce_of_transaction_coupon_and_transaction_status is not null, event_tstamp, null)) as last_coalesce_of_transaction_coupon_and_transaction_st_tstamp
array_agg(if(coalesce_of_transaction_coupon_and_transaction_status is not null, event_id, null) ignore nulls order by event_tstamp desc, event_id desc limit 1)[safe_offset(0)] as last_coalesce_of_transaction_coupon_and_transaction_st_event_id
sum(
    case
        when abs(coalesce_of_transaction_coupon_and_transaction_order_t) < 1e290
            then coalesce_of_transaction_coupon_and_transaction_order_t
        else sign(coalesce_of_transaction_coupon_and_transaction_order_t) * cast('inf' as float64)
    end
) as sum_coalesce_of_transaction_coupon_and_transaction_ord
countif(is_events_of_dearer) as count_events_of_dearer

-- attributes_this_run
array_agg(if(last_coalesce_of_transaction_coupon_and_transaction_st is not null, last_coalesce_of_transaction_coupon_and_transaction_st, null) ignore nulls order by last_coalesce_of_transaction_coupon_and_transaction_st_tstamp desc, last_coalesce_of_transaction_coupon_and_transaction_st_event_id desc limit 1)[safe_offset(0)] as last_coalesce_of_transaction_coupon_and_transaction_st
coalesce(kinds_collected.collected, array<string>[]) as kinds
case
    when merged.sum_sum_of_transaction_order_and_transaction_shipping is null then cast(0 as float64)
    else if(
        abs(merged.sum_sum_of_transaction_order_and_transaction_shipping) <= 1.7976931348623157e308,
        merged.sum_sum_of_transaction_order_and_transaction_shipping,
        null
    )
end as paid
if(
    abs(merged.max_product_of_product_price_and_product_quantity_as_n) <= 1.7976931348623157e308,
    merged.max_product_of_product_price_and_product_quantity_as_n,
    null
) as volume
if(
    abs(merged.min_min_of_transaction_order_and_product_price_as_numb) <= 1.7976931348623157e308,
    merged.min_min_of_transaction_order_and_product_price_as_numb,
    null
) as cheapest
case
    when merged.sum_coalesce_of_transaction_coupon_and_transaction_ord is null then cast(0 as int64)
    else if(
        merged.sum_coalesce_of_transaction_coupon_and_transaction_ord
        = trunc(merged.sum_coalesce_of_transaction_coupon_and_transaction_ord)
        and merged.sum_coalesce_of_transaction_coupon_and_transaction_ord >= -9223372036854775808e0
        and merged.sum_coalesce_of_transaction_coupon_and_transaction_ord < 9223372036854775808e0,
        safe_cast(merged.sum_coalesce_of_transaction_coupon_and_transaction_ord as int64),
        null
    )
end as first_number
case
    when nullif(merged.count_events_of_dearer, 0) is null then cast(0 as int64)
    else cast(merged.count_events_of_dearer as int64)
end as dearer
when
    published.signals_copies > 1
    or to_json_string(published.kinds) is distinct from to_json_string(computed.kinds)
    or (
        published.paid is distinct from computed.paid
        and coalesce(
            abs(safe_subtract(published.paid, computed.paid))
            > 1e-12 * greatest(abs(published.paid), abs(computed.paid)),
            true
        )
    )
    or (
        published.volume is distinct from computed.volume
        and coalesce(
            abs(safe_subtract(published.volume, computed.volume))
            > 1e-12 * greatest(abs(published.volume), abs(computed.volume)),
            true
        )
    )
    or (
        published.cheapest is distinct from computed.cheapest
        and coalesce(
            abs(safe_subtract(published.cheapest, computed.cheapest))
            > 1e-12 * greatest(abs(published.cheapest), abs(computed.cheapest)),
            true
        )
    )
    or published.last_code is distinct from computed.last_code
    or published.first_number is distinct from computed.first_number
    or published.dearer is distinct from computed.dearer
    then 'changed'
