-- base_events_this_run
{{ signals_value(
    columns, 'text',
    column='contexts_com_acme_product_1',
    typed='contexts_com_acme_product_1[1].label',
    path=[0, 'label'],
    json='json_extract(contexts_com_acme_product_1, \x27$[0]."label"\x27)'
) }} as product_label
{{ signals_value(
    columns, 'text',
    column='contexts_com_acme_product_1',
    typed='contexts_com_acme_product_1[2].label',
    path=[1, 'label'],
    json='json_extract(contexts_com_acme_product_1, \x27$[1]."label"\x27)'
) }} as product_1_label
{{ signals_value(
    columns, 'text',
    column='contexts_org_other_product_1',
    typed='contexts_org_other_product_1[1].label',
    path=[0, 'label'],
    json='json_extract(contexts_org_other_product_1, \x27$[0]."label"\x27)'
) }} as product_label_2
{{ signals_value(
    columns, 'text',
    column='contexts_com_acme_product_2',
    typed='contexts_com_acme_product_2[1].label',
    path=[0, 'label'],
    json='json_extract(contexts_com_acme_product_2, \x27$[0]."label"\x27)'
) }} as product_label_3

-- daily_aggregates
arg_max(product_label, (event_tstamp, event_id)) filter(where product_label is not null) as last_product_label
max(event_tstamp) filter(where product_label is not null) as last_product_label_tstamp
arg_max(event_id, (event_tstamp, event_id)) filter(where product_label is not null) as last_product_label_event_id
arg_max(product_1_label, (event_tstamp, event_id)) filter(where product_1_label is not null) as last_product_1_label
max(event_tstamp) filter(where product_1_label is not null) as last_product_1_label_tstamp
arg_max(event_id, (event_tstamp, event_id)) filter(where product_1_label is not null) as last_product_1_label_event_id
arg_max(product_label_2, (event_tstamp, event_id)) filter(where product_label_2 is not null) as last_product_label_2
max(event_tstamp) filter(where product_label_2 is not null) as last_product_label_2_tstamp
arg_max(event_id, (event_tstamp, event_id)) filter(where product_label_2 is not null) as last_product_label_2_event_id
arg_max(product_label_3, (event_tstamp, event_id)) filter(where product_label_3 is not null) as last_product_label_3
max(event_tstamp) filter(where product_label_3 is not null) as last_product_label_3_tstamp
arg_max(event_id, (event_tstamp, event_id)) filter(where product_label_3 is not null) as last_product_label_3_event_id

-- attributes_this_run
'domain_userid', 'a', 'b', 'c', 'd', 'updated_at'
arg_max(last_product_label, (last_product_label_tstamp, last_product_label_event_id)) filter(
    where last_product_label is not null
) as last_product_label
arg_max(last_product_1_label, (last_product_1_label_tstamp, last_product_1_label_event_id)) filter(
    where last_product_1_label is not null
) as last_product_1_label
arg_max(last_product_label_2, (last_product_label_2_tstamp, last_product_label_2_event_id)) filter(
    where last_product_label_2 is not null
) as last_product_label_2
arg_max(last_product_label_3, (last_product_label_3_tstamp, last_product_label_3_event_id)) filter(
    where last_product_label_3 is not null
) as last_product_label_3
when
    published.signals_copies > 1
    or published.a is distinct from computed.a
    or published.b is distinct from computed.b
    or published.c is distinct from computed.c
    or published.d is distinct from computed.d
    then 'changed'
