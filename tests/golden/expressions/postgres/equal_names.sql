-- base_events_this_run
{{ signals_value(
    columns, 'text',
    column='contexts_com_acme_product_1',
    typed='to_jsonb(contexts_com_acme_product_1) -> 0 -> \x27label\x27',
    path=[0, 'label'],
    json='contexts_com_acme_product_1 -> 0 -> \x27label\x27'
) }} as product_label
{{ signals_value(
    columns, 'text',
    column='contexts_com_acme_product_1',
    typed='to_jsonb(contexts_com_acme_product_1) -> 1 -> \x27label\x27',
    path=[1, 'label'],
    json='contexts_com_acme_product_1 -> 1 -> \x27label\x27'
) }} as product_1_label
{{ signals_value(
    columns, 'text',
    column='contexts_org_other_product_1',
    typed='to_jsonb(contexts_org_other_product_1) -> 0 -> \x27label\x27',
    path=[0, 'label'],
    json='contexts_org_other_product_1 -> 0 -> \x27label\x27'
) }} as product_label_2
{{ signals_value(
    columns, 'text',
    column='contexts_com_acme_product_2',
    typed='to_jsonb(contexts_com_acme_product_2) -> 0 -> \x27label\x27',
    path=[0, 'label'],
    json='contexts_com_acme_product_2 -> 0 -> \x27label\x27'
) }} as product_label_3

-- daily_aggregates
(
    array_agg(product_label order by event_tstamp desc, event_id desc) filter(
        where product_label is not null
    )
)[1] as last_product_label
(
    array_agg(event_id order by event_tstamp desc, event_id desc) filter(
        where product_label is not null
    )
)[1] as last_product_label_event_id
(
    array_agg(product_1_label order by event_tstamp desc, event_id desc) filter(
        where product_1_label is not null
    )
)[1] as last_product_1_label
(
    array_agg(event_id order by event_tstamp desc, event_id desc) filter(
        where product_1_label is not null
    )
)[1] as last_product_1_label_event_id
(
    array_agg(product_label_2 order by event_tstamp desc, event_id desc) filter(
        where product_label_2 is not null
    )
)[1] as last_product_label_2
(
    array_agg(event_id order by event_tstamp desc, event_id desc) filter(
        where product_label_2 is not null
    )
)[1] as last_product_label_2_event_id
(
    array_agg(product_label_3 order by event_tstamp desc, event_id desc) filter(
        where product_label_3 is not null
    )
)[1] as last_product_label_3
(
    array_agg(event_id order by event_tstamp desc, event_id desc) filter(
        where product_label_3 is not null
    )
)[1] as last_product_label_3_event_id

-- attributes_this_run
(
    array_agg(
        last_product_label order by last_product_label_tstamp desc, last_product_label_event_id desc
    ) filter(
        where last_product_label is not null
    )
)[1] as last_product_label
(
    array_agg(
        last_product_1_label
        order by last_product_1_label_tstamp desc, last_product_1_label_event_id desc
    ) filter(
        where last_product_1_label is not null
    )
)[1] as last_product_1_label
(
    array_agg(
        last_product_label_2
        order by last_product_label_2_tstamp desc, last_product_label_2_event_id desc
    ) filter(
        where last_product_label_2 is not null
    )
)[1] as last_product_label_2
(
    array_agg(
        last_product_label_3
        order by last_product_label_3_tstamp desc, last_product_label_3_event_id desc
    ) filter(
        where last_product_label_3 is not null
    )
)[1] as last_product_label_3
