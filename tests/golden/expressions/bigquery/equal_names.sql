-- base_events_this_run
{{ signals_value(
    columns, 'text',
    column='contexts_com_acme_product_1',
    typed='contexts_com_acme_product_1[safe_offset(0)].label',
    path=[0, 'label'],
    json='contexts_com_acme_product_1[0][\x27label\x27]'
) }} as product_label
{{ signals_value(
    columns, 'text',
    column='contexts_com_acme_product_1',
    typed='contexts_com_acme_product_1[safe_offset(1)].label',
    path=[1, 'label'],
    json='contexts_com_acme_product_1[1][\x27label\x27]'
) }} as product_1_label
{{ signals_value(
    columns, 'text',
    column='contexts_org_other_product_1',
    typed='contexts_org_other_product_1[safe_offset(0)].label',
    path=[0, 'label'],
    json='contexts_org_other_product_1[0][\x27label\x27]'
) }} as product_label_2
{{ signals_value(
    columns, 'text',
    column='contexts_com_acme_product_2',
    typed='contexts_com_acme_product_2[safe_offset(0)].label',
    path=[0, 'label'],
    json='contexts_com_acme_product_2[0][\x27label\x27]'
) }} as product_label_3

-- daily_aggregates
array_agg(if(product_label is not null, product_label, null) ignore nulls order by event_tstamp desc, event_id desc limit 1)[safe_offset(0)] as last_product_label
max(if(product_label is not null, event_tstamp, null)) as last_product_label_tstamp
array_agg(if(product_label is not null, event_id, null) ignore nulls order by event_tstamp desc, event_id desc limit 1)[safe_offset(0)] as last_product_label_event_id
array_agg(if(product_1_label is not null, product_1_label, null) ignore nulls order by event_tstamp desc, event_id desc limit 1)[safe_offset(0)] as last_product_1_label
max(if(product_1_label is not null, event_tstamp, null)) as last_product_1_label_tstamp
array_agg(if(product_1_label is not null, event_id, null) ignore nulls order by event_tstamp desc, event_id desc limit 1)[safe_offset(0)] as last_product_1_label_event_id
array_agg(if(product_label_2 is not null, product_label_2, null) ignore nulls order by event_tstamp desc, event_id desc limit 1)[safe_offset(0)] as last_product_label_2
max(if(product_label_2 is not null, event_tstamp, null)) as last_product_label_2_tstamp
array_agg(if(product_label_2 is not null, event_id, null) ignore nulls order by event_tstamp desc, event_id desc limit 1)[safe_offset(0)] as last_product_label_2_event_id
array_agg(if(product_label_3 is not null, product_label_3, null) ignore nulls order by event_tstamp desc, event_id desc limit 1)[safe_offset(0)] as last_product_label_3
max(if(product_label_3 is not null, event_tstamp, null)) as last_product_label_3_tstamp
array_agg(if(product_label_3 is not null, event_id, null) ignore nulls order by event_tstamp desc, event_id desc limit 1)[safe_offset(0)] as last_product_label_3_event_id

-- attributes_this_run
array_agg(if(last_product_label is not null, last_product_label, null) ignore nulls order by last_product_label_tstamp desc, last_product_label_event_id desc limit 1)[safe_offset(0)] as last_product_label
array_agg(if(last_product_1_label is not null, last_product_1_label, null) ignore nulls order by last_product_1_label_tstamp desc, last_product_1_label_event_id desc limit 1)[safe_offset(0)] as last_product_1_label
array_agg(if(last_product_label_2 is not null, last_product_label_2, null) ignore nulls order by last_product_label_2_tstamp desc, last_product_label_2_event_id desc limit 1)[safe_offset(0)] as last_product_label_2
array_agg(if(last_product_label_3 is not null, last_product_label_3, null) ignore nulls order by last_product_label_3_tstamp desc, last_product_label_3_event_id desc limit 1)[safe_offset(0)] as last_product_label_3
