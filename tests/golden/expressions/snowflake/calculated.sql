-- base_events_this_run
reduce(array_construct_compact(
    {{ signals_value(
        columns, 'text',
        column='unstruct_event_com_acme_transaction_1',
        typed='unstruct_event_com_acme_transaction_1[\x27status\x27]',
        path=['status'],
        json='unstruct_event_com_acme_transaction_1[\x27status\x27]'
    ) }},
    {{ signals_value(columns, 'text', 'page_urlpath', 'page_urlpath') }}
), cast(null as varchar), (total, given) -> coalesce(total || ' {{ '{' }}{ / }} ' || cast(given as varchar), total, cast(given as varchar))) as concat_of_transaction_status_and_page_urlpath
nullif(nullif(nullif(reduce(array_construct_compact(
    {{ signals_value(
        columns, 'number',
        column='unstruct_event_com_acme_transaction_1',
        typed='unstruct_event_com_acme_transaction_1[\x27orderTotal\x27]',
        path=['orderTotal'],
        json='unstruct_event_com_acme_transaction_1[\x27orderTotal\x27]'
    ) }},
    {{ signals_value(
        columns, 'number',
        column='unstruct_event_com_acme_transaction_1',
        typed='unstruct_event_com_acme_transaction_1[\x27shipping\x27]',
        path=['shipping'],
        json='unstruct_event_com_acme_transaction_1[\x27shipping\x27]'
    ) }}
), cast(null as double), (total, given) -> coalesce(total + case when abs(cast(given as double)) >= 1e290 then to_double('inf') else cast(given as double) end, total, case when abs(cast(given as double)) >= 1e290 then to_double('inf') else cast(given as double) end)), to_double('inf')), to_double('-inf')), to_double('nan')) as sum_of_transaction_order_and_transaction_shipping_as_n
nullif(nullif(nullif(({{ signals_value(
    columns, 'number',
    column='contexts_com_acme_product_1',
    typed='contexts_com_acme_product_1[0][\x27price\x27]',
    path=[0, 'price'],
    json='contexts_com_acme_product_1[0][\x27price\x27]'
) }} * {{ signals_value(
    columns, 'number',
    column='contexts_com_acme_product_1',
    typed='contexts_com_acme_product_1[0][\x27quantity\x27]',
    path=[0, 'quantity'],
    json='contexts_com_acme_product_1[0][\x27quantity\x27]'
) }}), to_double('inf')), to_double('-inf')), to_double('nan')) as product_of_product_price_and_product_quantity_as_numbe
nullif(nullif(nullif(cast(array_min(array_construct_compact(
    {{ signals_value(
        columns, 'number',
        column='unstruct_event_com_acme_transaction_1',
        typed='unstruct_event_com_acme_transaction_1[\x27orderTotal\x27]',
        path=['orderTotal'],
        json='unstruct_event_com_acme_transaction_1[\x27orderTotal\x27]'
    ) }},
    {{ signals_value(
        columns, 'number',
        column='contexts_com_acme_product_1',
        typed='contexts_com_acme_product_1[0][\x27price\x27]',
        path=[0, 'price'],
        json='contexts_com_acme_product_1[0][\x27price\x27]'
    ) }}
)) as double), to_double('inf')), to_double('-inf')), to_double('nan')) as min_of_transaction_order_and_product_price_as_number
coalesce({{ signals_value(
    columns, 'text',
    column='unstruct_event_com_acme_transaction_1',
    typed='unstruct_event_com_acme_transaction_1[\x27coupon\x27]',
    path=['coupon'],
    json='unstruct_event_com_acme_transaction_1[\x27coupon\x27]'
) }}, {{ signals_value(
    columns, 'text',
    column='unstruct_event_com_acme_transaction_1',
    typed='unstruct_event_com_acme_transaction_1[\x27status\x27]',
    path=['status'],
    json='unstruct_event_com_acme_transaction_1[\x27status\x27]'
) }}) as coalesce_of_transaction_coupon_and_transaction_status
case when {{ signals_value(
    columns, 'text',
    column='unstruct_event_com_acme_transaction_1',
    typed='unstruct_event_com_acme_transaction_1[\x27coupon\x27]',
    path=['coupon'],
    json='unstruct_event_com_acme_transaction_1[\x27coupon\x27]'
) }} is not null then {{ signals_value(
    columns, 'number',
    column='unstruct_event_com_acme_transaction_1',
    typed='unstruct_event_com_acme_transaction_1[\x27coupon\x27]',
    path=['coupon'],
    json='unstruct_event_com_acme_transaction_1[\x27coupon\x27]'
) }} when {{ signals_value(
    columns, 'text',
    column='unstruct_event_com_acme_transaction_1',
    typed='unstruct_event_com_acme_transaction_1[\x27orderTotal\x27]',
    path=['orderTotal'],
    json='unstruct_event_com_acme_transaction_1[\x27orderTotal\x27]'
) }} is not null then {{ signals_value(
    columns, 'number',
    column='unstruct_event_com_acme_transaction_1',
    typed='unstruct_event_com_acme_transaction_1[\x27orderTotal\x27]',
    path=['orderTotal'],
    json='unstruct_event_com_acme_transaction_1[\x27orderTotal\x27]'
) }} end as coalesce_of_transaction_coupon_and_transaction_order_t
nullif(nullif(nullif(cast(array_max(array_construct_compact(
    {{ signals_value(
        columns, 'number',
        column='unstruct_event_com_acme_transaction_1',
        typed='unstruct_event_com_acme_transaction_1[\x27orderTotal\x27]',
        path=['orderTotal'],
        json='unstruct_event_com_acme_transaction_1[\x27orderTotal\x27]'
    ) }},
    {{ signals_value(
        columns, 'number',
        column='contexts_com_acme_product_1',
        typed='contexts_com_acme_product_1[0][\x27price\x27]',
        path=[0, 'price'],
        json='contexts_com_acme_product_1[0][\x27price\x27]'
    ) }}
)) as double), to_double('inf')), to_double('-inf')), to_double('nan')) as max_of_transaction_order_and_product_price_as_number

-- daily_aggregates
sum(
    case
        when abs(sum_of_transaction_order_and_transaction_shipping_as_n) >= 1e290 then to_double('inf')
        else sum_of_transaction_order_and_transaction_shipping_as_n
    end
) as sum_sum_of_transaction_order_and_transaction_shipping
max_by(
    coalesce_of_transaction_coupon_and_transaction_status,
    case
        when coalesce_of_transaction_coupon_and_transaction_status is not null
            then to_char(event_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || event_id
    end
) as last_coalesce_of_transaction_coupon_and_transaction_st
max(
    case
        when coalesce_of_transaction_coupon_and_transaction_status is not null then event_tstamp
    end
) as last_coalesce_of_transaction_coupon_and_transaction_st_tstamp
max_by(
    event_id,
    case
        when coalesce_of_transaction_coupon_and_transaction_status is not null
            then to_char(event_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || event_id
    end
) as last_coalesce_of_transaction_coupon_and_transaction_st_event_id
sum(
    case
        when abs(coalesce_of_transaction_coupon_and_transaction_order_t) >= 1e290 then to_double('inf')
        else coalesce_of_transaction_coupon_and_transaction_order_t
    end
) as sum_coalesce_of_transaction_coupon_and_transaction_ord
count_if(is_events_of_dearer) as count_events_of_dearer

-- attributes_this_run
max_by(
    last_coalesce_of_transaction_coupon_and_transaction_st,
    case
        when last_coalesce_of_transaction_coupon_and_transaction_st is not null
            then to_char(last_coalesce_of_transaction_coupon_and_transaction_st_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || last_coalesce_of_transaction_coupon_and_transaction_st_event_id
    end
) as last_coalesce_of_transaction_coupon_and_transaction_st
coalesce(kinds_collected.collected, array_construct()) as kinds
case
    when merged.sum_sum_of_transaction_order_and_transaction_shipping is null then cast(0 as double)
    when abs(merged.sum_sum_of_transaction_order_and_transaction_shipping) < to_double('inf')
        then merged.sum_sum_of_transaction_order_and_transaction_shipping
end as paid
case
    when abs(merged.max_product_of_product_price_and_product_quantity_as_n) < to_double('inf')
        then merged.max_product_of_product_price_and_product_quantity_as_n
end as volume
case
    when abs(merged.min_min_of_transaction_order_and_product_price_as_numb) < to_double('inf')
        then merged.min_min_of_transaction_order_and_product_price_as_numb
end as cheapest
case
    when merged.sum_coalesce_of_transaction_coupon_and_transaction_ord is null then cast(0 as number(19, 0))
    when (
        merged.sum_coalesce_of_transaction_coupon_and_transaction_ord
        = floor(merged.sum_coalesce_of_transaction_coupon_and_transaction_ord)
        and (
            merged.sum_coalesce_of_transaction_coupon_and_transaction_ord >= -9223372036854775808
            and merged.sum_coalesce_of_transaction_coupon_and_transaction_ord < 9223372036854775808
        )
    )
        then cast(merged.sum_coalesce_of_transaction_coupon_and_transaction_ord as number(19, 0))
end as first_number
case
    when nullif(merged.count_events_of_dearer, 0) is null then cast(0 as number(19, 0))
    else cast(merged.count_events_of_dearer as number(19, 0))
end as dearer
when
    published.signals_copies > 1
    or to_json(published.kinds) is distinct from to_json(computed.kinds)
    or (
        published.paid is distinct from computed.paid
        and coalesce(
            abs(published.paid / nullif(greatest(abs(published.paid), abs(computed.paid)), 0) - computed.paid / nullif(greatest(abs(published.paid), abs(computed.paid)), 0))
            > 1e-12,
            true
        )
    )
    or (
        published.volume is distinct from computed.volume
        and coalesce(
            abs(published.volume / nullif(greatest(abs(published.volume), abs(computed.volume)), 0) - computed.volume / nullif(greatest(abs(published.volume), abs(computed.volume)), 0))
            > 1e-12,
            true
        )
    )
    or (
        published.cheapest is distinct from computed.cheapest
        and coalesce(
            abs(published.cheapest / nullif(greatest(abs(published.cheapest), abs(computed.cheapest)), 0) - computed.cheapest / nullif(greatest(abs(published.cheapest), abs(computed.cheapest)), 0))
            > 1e-12,
            true
        )
    )
    or published.last_code is distinct from computed.last_code
    or published.first_number is distinct from computed.first_number
    or published.dearer is distinct from computed.dearer
    then 'changed'
