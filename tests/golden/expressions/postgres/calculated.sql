-- base_events_this_run
(select string_agg(given, ' {{ '{' }}{ / }} ' order by place) from unnest(array[
    {{ signals_value(
        columns, 'text',
        column='unstruct_event_com_acme_transaction_1',
        typed='to_jsonb(unstruct_event_com_acme_transaction_1) -> \x27status\x27',
        path=['status'],
        json='unstruct_event_com_acme_transaction_1 -> \x27status\x27'
    ) }},
    {{ signals_value(columns, 'text', 'page_urlpath', 'page_urlpath') }}
]) with ordinality as listed (given, place)) collate "C" as concat_of_transaction_status_and_page_urlpath
nullif(nullif(nullif((select sum(case when abs(given) < 1e290 then given else given * cast('Infinity' as double precision) end) from unnest(array[
    {{ signals_value(
        columns, 'number',
        column='unstruct_event_com_acme_transaction_1',
        typed='to_jsonb(unstruct_event_com_acme_transaction_1) -> \x27order_total\x27',
        path=['order_total'],
        json='unstruct_event_com_acme_transaction_1 -> \x27orderTotal\x27'
    ) }},
    {{ signals_value(
        columns, 'number',
        column='unstruct_event_com_acme_transaction_1',
        typed='to_jsonb(unstruct_event_com_acme_transaction_1) -> \x27shipping\x27',
        path=['shipping'],
        json='unstruct_event_com_acme_transaction_1 -> \x27shipping\x27'
    ) }}
]) as given), cast('infinity' as double precision)), cast('-infinity' as double precision)), cast('nan' as double precision)) as sum_of_transaction_order_and_transaction_shipping_as_n
nullif(nullif(nullif((select case when (factor_1 = 0 or abs(factor_1) between 1e-150 and 1e150) and (factor_2 = 0 or abs(factor_2) between 1e-150 and 1e150) then factor_1 * factor_2 else (select case when cast(product as text) ~ '^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$' then case when jsonb_path_exists(to_jsonb(cast(product as text)), '$.double()', silent => true) then cast(cast(product as text) as double precision) when cast(product as text) ~ '[eE]-|[.]0{250}' then 0 end end from (select cast(factor_1 as numeric) * cast(factor_2 as numeric) as product) as exact) end from (select {{ signals_value(
    columns, 'number',
    column='contexts_com_acme_product_1',
    typed='to_jsonb(contexts_com_acme_product_1) -> 0 -> \x27price\x27',
    path=[0, 'price'],
    json='contexts_com_acme_product_1 -> 0 -> \x27price\x27'
) }} as factor_1, {{ signals_value(
    columns, 'number',
    column='contexts_com_acme_product_1',
    typed='to_jsonb(contexts_com_acme_product_1) -> 0 -> \x27quantity\x27',
    path=[0, 'quantity'],
    json='contexts_com_acme_product_1 -> 0 -> \x27quantity\x27'
) }} as factor_2) as factors), cast('infinity' as double precision)), cast('-infinity' as double precision)), cast('nan' as double precision)) as product_of_product_price_and_product_quantity_as_numbe
nullif(nullif(nullif((select min(given) from unnest(array[
    {{ signals_value(
        columns, 'number',
        column='unstruct_event_com_acme_transaction_1',
        typed='to_jsonb(unstruct_event_com_acme_transaction_1) -> \x27order_total\x27',
        path=['order_total'],
        json='unstruct_event_com_acme_transaction_1 -> \x27orderTotal\x27'
    ) }},
    {{ signals_value(
        columns, 'number',
        column='contexts_com_acme_product_1',
        typed='to_jsonb(contexts_com_acme_product_1) -> 0 -> \x27price\x27',
        path=[0, 'price'],
        json='contexts_com_acme_product_1 -> 0 -> \x27price\x27'
    ) }}
]) as given), cast('infinity' as double precision)), cast('-infinity' as double precision)), cast('nan' as double precision)) as min_of_transaction_order_and_product_price_as_number
coalesce({{ signals_value(
    columns, 'text',
    column='unstruct_event_com_acme_transaction_1',
    typed='to_jsonb(unstruct_event_com_acme_transaction_1) -> \x27coupon\x27',
    path=['coupon'],
    json='unstruct_event_com_acme_transaction_1 -> \x27coupon\x27'
) }}, {{ signals_value(
    columns, 'text',
    column='unstruct_event_com_acme_transaction_1',
    typed='to_jsonb(unstruct_event_com_acme_transaction_1) -> \x27status\x27',
    path=['status'],
    json='unstruct_event_com_acme_transaction_1 -> \x27status\x27'
) }}) as coalesce_of_transaction_coupon_and_transaction_status
case when {{ signals_value(
    columns, 'text',
    column='unstruct_event_com_acme_transaction_1',
    typed='to_jsonb(unstruct_event_com_acme_transaction_1) -> \x27coupon\x27',
    path=['coupon'],
    json='unstruct_event_com_acme_transaction_1 -> \x27coupon\x27'
) }} is not null then {{ signals_value(
    columns, 'number',
    column='unstruct_event_com_acme_transaction_1',
    typed='to_jsonb(unstruct_event_com_acme_transaction_1) -> \x27coupon\x27',
    path=['coupon'],
    json='unstruct_event_com_acme_transaction_1 -> \x27coupon\x27'
) }} when {{ signals_value(
    columns, 'text',
    column='unstruct_event_com_acme_transaction_1',
    typed='to_jsonb(unstruct_event_com_acme_transaction_1) -> \x27order_total\x27',
    path=['order_total'],
    json='unstruct_event_com_acme_transaction_1 -> \x27orderTotal\x27'
) }} is not null then {{ signals_value(
    columns, 'number',
    column='unstruct_event_com_acme_transaction_1',
    typed='to_jsonb(unstruct_event_com_acme_transaction_1) -> \x27order_total\x27',
    path=['order_total'],
    json='unstruct_event_com_acme_transaction_1 -> \x27orderTotal\x27'
) }} end as coalesce_of_transaction_coupon_and_transaction_order_t
nullif(nullif(nullif((select max(given) from unnest(array[
    {{ signals_value(
        columns, 'number',
        column='unstruct_event_com_acme_transaction_1',
        typed='to_jsonb(unstruct_event_com_acme_transaction_1) -> \x27order_total\x27',
        path=['order_total'],
        json='unstruct_event_com_acme_transaction_1 -> \x27orderTotal\x27'
    ) }},
    {{ signals_value(
        columns, 'number',
        column='contexts_com_acme_product_1',
        typed='to_jsonb(contexts_com_acme_product_1) -> 0 -> \x27price\x27',
        path=[0, 'price'],
        json='contexts_com_acme_product_1 -> 0 -> \x27price\x27'
    ) }}
]) as given), cast('infinity' as double precision)), cast('-infinity' as double precision)), cast('nan' as double precision)) as max_of_transaction_order_and_product_price_as_number

-- daily_aggregates
sum(
    case
        when abs(sum_of_transaction_order_and_transaction_shipping_as_n) < 1e290
            then sum_of_transaction_order_and_transaction_shipping_as_n
        else sum_of_transaction_order_and_transaction_shipping_as_n * cast('Infinity' as double precision)
    end
) as sum_sum_of_transaction_order_and_transaction_shipping
(
    array_agg(
        coalesce_of_transaction_coupon_and_transaction_status order by event_tstamp desc, event_id desc
    ) filter(
        where coalesce_of_transaction_coupon_and_transaction_status is not null
    )
)[1] as last_coalesce_of_transaction_coupon_and_transaction_st
(
    array_agg(event_id order by event_tstamp desc, event_id desc) filter(
        where coalesce_of_transaction_coupon_and_transaction_status is not null
    )
)[1] as last_coalesce_of_transaction_coupon_and_transaction_st_event_id
sum(
    case
        when abs(coalesce_of_transaction_coupon_and_transaction_order_t) < 1e290
            then coalesce_of_transaction_coupon_and_transaction_order_t
        else coalesce_of_transaction_coupon_and_transaction_order_t * cast('Infinity' as double precision)
    end
) as sum_coalesce_of_transaction_coupon_and_transaction_ord

-- attributes_this_run
(
    array_agg(
        last_coalesce_of_transaction_coupon_and_transaction_st
        order by last_coalesce_of_transaction_coupon_and_transaction_st_tstamp desc, last_coalesce_of_transaction_coupon_and_transaction_st_event_id desc
    ) filter(
        where last_coalesce_of_transaction_coupon_and_transaction_st is not null
    )
)[1] as last_coalesce_of_transaction_coupon_and_transaction_st
coalesce(kinds_collected.collected, cast(array[] as text[])) as kinds
case
    when merged.sum_sum_of_transaction_order_and_transaction_shipping is null then cast(0 as double precision)
    when not merged.sum_sum_of_transaction_order_and_transaction_shipping in ('NaN', 'Infinity', '-Infinity')
        then merged.sum_sum_of_transaction_order_and_transaction_shipping
end as paid
case
    when not merged.max_product_of_product_price_and_product_quantity_as_n in ('NaN', 'Infinity', '-Infinity')
        then merged.max_product_of_product_price_and_product_quantity_as_n
end as volume
case
    when not merged.min_min_of_transaction_order_and_product_price_as_numb in ('NaN', 'Infinity', '-Infinity')
        then merged.min_min_of_transaction_order_and_product_price_as_numb
end as cheapest
case
    when merged.sum_coalesce_of_transaction_coupon_and_transaction_ord is null then cast(0 as bigint)
    else (
        select
            case
                when number = trunc(number) and number >= -9223372036854775808 and number < 9223372036854775808
                    then cast(number as bigint)
            end
        from (select merged.sum_coalesce_of_transaction_coupon_and_transaction_ord as number) as computed
    )
end as first_number
case
    when nullif(merged.count_events_of_dearer, 0) is null then cast(0 as bigint)
    else cast(merged.count_events_of_dearer as bigint)
end as dearer
when
    published.signals_copies > 1
    or published.kinds is distinct from computed.kinds
    or (
        published.paid is distinct from computed.paid
        and coalesce(
            abs(cast(published.paid as decimal) - cast(computed.paid as decimal))
            > 1e-12 * greatest(abs(cast(published.paid as decimal)), abs(cast(computed.paid as decimal))),
            true
        )
    )
    or (
        published.volume is distinct from computed.volume
        and coalesce(
            abs(cast(published.volume as decimal) - cast(computed.volume as decimal))
            > 1e-12 * greatest(abs(cast(published.volume as decimal)), abs(cast(computed.volume as decimal))),
            true
        )
    )
    or (
        published.cheapest is distinct from computed.cheapest
        and coalesce(
            abs(cast(published.cheapest as decimal) - cast(computed.cheapest as decimal))
            > 1e-12 * greatest(abs(cast(published.cheapest as decimal)), abs(cast(computed.cheapest as decimal))),
            true
        )
    )
    or published.last_code is distinct from computed.last_code
    or published.first_number is distinct from computed.first_number
    or published.dearer is distinct from computed.dearer
    then 'changed'
