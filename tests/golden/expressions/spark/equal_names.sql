-- base_events_this_run
{{ signals_value(
    columns, 'text',
    column='contexts_com_acme_product_1',
    typed='get(contexts_com_acme_product_1, 0).label',
    path=[0, 'label'],
    json='get_json_object(contexts_com_acme_product_1, \x27$[0].label\x27)'
) }} as product_label
{{ signals_value(
    columns, 'text',
    column='contexts_com_acme_product_1',
    typed='get(contexts_com_acme_product_1, 1).label',
    path=[1, 'label'],
    json='get_json_object(contexts_com_acme_product_1, \x27$[1].label\x27)'
) }} as product_1_label
{{ signals_value(
    columns, 'text',
    column='contexts_org_other_product_1',
    typed='get(contexts_org_other_product_1, 0).label',
    path=[0, 'label'],
    json='get_json_object(contexts_org_other_product_1, \x27$[0].label\x27)'
) }} as product_label_2
{{ signals_value(
    columns, 'text',
    column='contexts_com_acme_product_2',
    typed='get(contexts_com_acme_product_2, 0).label',
    path=[0, 'label'],
    json='get_json_object(contexts_com_acme_product_2, \x27$[0].label\x27)'
) }} as product_label_3

-- daily_aggregates
max_by(product_label, struct(event_tstamp, event_id)) filter(where product_label is not null) as last_product_label
max_by(event_id, struct(event_tstamp, event_id)) filter(where product_label is not null) as last_product_label_event_id
max_by(product_1_label, struct(event_tstamp, event_id)) filter(
    where product_1_label is not null
) as last_product_1_label
max_by(event_id, struct(event_tstamp, event_id)) filter(where product_1_label is not null) as last_product_1_label_event_id
max_by(product_label_2, struct(event_tstamp, event_id)) filter(
    where product_label_2 is not null
) as last_product_label_2
max_by(event_id, struct(event_tstamp, event_id)) filter(where product_label_2 is not null) as last_product_label_2_event_id
max_by(product_label_3, struct(event_tstamp, event_id)) filter(
    where product_label_3 is not null
) as last_product_label_3
max_by(event_id, struct(event_tstamp, event_id)) filter(where product_label_3 is not null) as last_product_label_3_event_id

-- attributes_this_run
max_by(last_product_label, struct(last_product_label_tstamp, last_product_label_event_id)) filter(
    where last_product_label is not null
) as last_product_label
max_by(last_product_1_label, struct(last_product_1_label_tstamp, last_product_1_label_event_id)) filter(
    where last_product_1_label is not null
) as last_product_1_label
max_by(last_product_label_2, struct(last_product_label_2_tstamp, last_product_label_2_event_id)) filter(
    where last_product_label_2 is not null
) as last_product_label_2
max_by(last_product_label_3, struct(last_product_label_3_tstamp, last_product_label_3_event_id)) filter(
    where last_product_label_3 is not null
) as last_product_label_3
