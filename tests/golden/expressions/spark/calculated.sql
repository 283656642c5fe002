-- base_events_this_run
aggregate(array(
    {{ signals_value(
        columns, 'text',
        column='unstruct_event_com_acme_transaction_1',
        typed='unstruct_event_com_acme_transaction_1.status',
        path=['status'],
        json='get_json_object(unstruct_event_com_acme_transaction_1, \x27$.status\x27)'
    ) }},
    {{ signals_value(columns, 'text', 'page_urlpath', 'page_urlpath') }}
), cast(null as string), (total, given) -> coalesce(concat(total, ' {{ '{' }}{ / }} ', given), total, given)) as concat_of_transaction_status_and_page_urlpath
nullif(nullif(nullif(aggregate(array(
    {{ signals_value(
        columns, 'number',
        column='unstruct_event_com_acme_transaction_1',
        typed='unstruct_event_com_acme_transaction_1.order_total',
        path=['order_total'],
        json='get_json_object(unstruct_event_com_acme_transaction_1, \x27$.orderTotal\x27)'
    ) }},
    {{ signals_value(
        columns, 'number',
        column='unstruct_event_com_acme_transaction_1',
        typed='unstruct_event_com_acme_transaction_1.shipping',
        path=['shipping'],
        json='get_json_object(unstruct_event_com_acme_transaction_1, \x27$.shipping\x27)'
    ) }}
), cast(null as double), (total, given) -> coalesce(total + given, total, given)), double('infinity')), double('-infinity')), double('nan')) as sum_of_transaction_order_and_transaction_shipping_as_n
nullif(nullif(nullif(({{ signals_value(
    columns, 'number',
    column='contexts_com_acme_product_1',
    typed='get(contexts_com_acme_product_1, 0).price',
    path=[0, 'price'],
    json='get_json_object(contexts_com_acme_product_1, \x27$[0].price\x27)'
) }} * {{ signals_value(
    columns, 'number',
    column='contexts_com_acme_product_1',
    typed='get(contexts_com_acme_product_1, 0).quantity',
    path=[0, 'quantity'],
    json='get_json_object(contexts_com_acme_product_1, \x27$[0].quantity\x27)'
) }}), double('infinity')), double('-infinity')), double('nan')) as product_of_product_price_and_product_quantity_as_numbe
nullif(nullif(nullif(array_min(array(
    {{ signals_value(
        columns, 'number',
        column='unstruct_event_com_acme_transaction_1',
        typed='unstruct_event_com_acme_transaction_1.order_total',
        path=['order_total'],
        json='get_json_object(unstruct_event_com_acme_transaction_1, \x27$.orderTotal\x27)'
    ) }},
    {{ signals_value(
        columns, 'number',
        column='contexts_com_acme_product_1',
        typed='get(contexts_com_acme_product_1, 0).price',
        path=[0, 'price'],
        json='get_json_object(contexts_com_acme_product_1, \x27$[0].price\x27)'
    ) }}
)), double('infinity')), double('-infinity')), double('nan')) as min_of_transaction_order_and_product_price_as_number
coalesce({{ signals_value(
    columns, 'text',
    column='unstruct_event_com_acme_transaction_1',
    typed='unstruct_event_com_acme_transaction_1.coupon',
    path=['coupon'],
    json='get_json_object(unstruct_event_com_acme_transaction_1, \x27$.coupon\x27)'
) }}, {{ signals_value(
    columns, 'text',
    column='unstruct_event_com_acme_transaction_1',
    typed='unstruct_event_com_acme_transaction_1.status',
    path=['status'],
    json='get_json_object(unstruct_event_com_acme_transaction_1, \x27$.status\x27)'
) }}) as coalesce_of_transaction_coupon_and_transaction_status
case when {{ signals_value(
    columns, 'text',
    column='unstruct_event_com_acme_transaction_1',
    typed='unstruct_event_com_acme_transaction_1.coupon',
    path=['coupon'],
    json='get_json_object(unstruct_event_com_acme_transaction_1, \x27$.coupon\x27)'
) }} is not null then {{ signals_value(
    columns, 'number',
    column='unstruct_event_com_acme_transaction_1',
    typed='unstruct_event_com_acme_transaction_1.coupon',
    path=['coupon'],
    json='get_json_object(unstruct_event_com_acme_transaction_1, \x27$.coupon\x27)'
) }} when {{ signals_value(
    columns, 'text',
    column='unstruct_event_com_acme_transaction_1',
    typed='unstruct_event_com_acme_transaction_1.order_total',
    path=['order_total'],
    json='get_json_object(unstruct_event_com_acme_transaction_1, \x27$.orderTotal\x27)'
) }} is not null then {{ signals_value(
    columns, 'number',
    column='unstruct_event_com_acme_transaction_1',
    typed='unstruct_event_com_acme_transaction_1.order_total',
    path=['order_total'],
    json='get_json_object(unstruct_event_com_acme_transaction_1, \x27$.orderTotal\x27)'
) }} end as coalesce_of_transaction_coupon_and_transaction_order_t
nullif(nullif(nullif(array_max(array(
    {{ signals_value(
        columns, 'number',
        column='unstruct_event_com_acme_transaction_1',
        typed='unstruct_event_com_acme_transaction_1.order_total',
        path=['order_total'],
        json='get_json_object(unstruct_event_com_acme_transaction_1, \x27$.orderTotal\x27)'
    ) }},
    {{ signals_value(
        columns, 'number',
        column='contexts_com_acme_product_1',
        typed='get(contexts_com_acme_product_1, 0).price',
        path=[0, 'price'],
        json='get_json_object(contexts_com_acme_product_1, \x27$[0].price\x27)'
    ) }}
)), double('infinity')), double('-infinity')), double('nan')) as max_of_transaction_order_and_product_price_as_number

-- daily_aggregates
max_by(coalesce_of_transaction_coupon_and_transaction_status, struct(event_tstamp, event_id)) filter(
    where coalesce_of_transaction_coupon_and_transaction_status is not null
) as last_coalesce_of_transaction_coupon_and_transaction_st
max_by(event_id, struct(event_tstamp, event_id)) filter(
    where coalesce_of_transaction_coupon_and_transaction_status is not null
) as last_coalesce_of_transaction_coupon_and_transaction_st_event_id

-- attributes_this_run
max_by(
    last_coalesce_of_transaction_coupon_and_transaction_st,
    struct(
        last_coalesce_of_transaction_coupon_and_transaction_st_tstamp,
        last_coalesce_of_transaction_coupon_and_transaction_st_event_id
    )
) filter(
    where last_coalesce_of_transaction_coupon_and_transaction_st is not null
) as last_coalesce_of_transaction_coupon_and_transaction_st
coalesce(kinds_collected.collected, cast(array() as array<string>)) as kinds
case
    when merged.sum_sum_of_transaction_order_and_transaction_shipping is null then cast(0 as double)
    when abs(cast(merged.sum_sum_of_transaction_order_and_transaction_shipping as double)) < double('infinity')
        then cast(merged.sum_sum_of_transaction_order_and_transaction_shipping as double)
end as paid
case
    when abs(cast(merged.max_product_of_product_price_and_product_quantity_as_n as double)) < double('infinity')
        then cast(merged.max_product_of_product_price_and_product_quantity_as_n as double)
end as volume
case
    when abs(cast(merged.min_min_of_transaction_order_and_product_price_as_numb as double)) < double('infinity')
        then cast(merged.min_min_of_transaction_order_and_product_price_as_numb as double)
end as cheapest
case
    when merged.sum_coalesce_of_transaction_coupon_and_transaction_ord is null then cast(0 as bigint)
    when (
        (merged.sum_coalesce_of_transaction_coupon_and_transaction_ord % 1) = 0
        and merged.sum_coalesce_of_transaction_coupon_and_transaction_ord >= -9223372036854775808e0
        and merged.sum_coalesce_of_transaction_coupon_and_transaction_ord < 9223372036854775808e0
    )
        then cast(merged.sum_coalesce_of_transaction_coupon_and_transaction_ord as bigint)
end as first_number
