-- base_events_this_run
{{ signals_value(
    columns, 'text',
    column='contexts_com_acme_product_1',
    typed='contexts_com_acme_product_1[0][\x27label\x27]',
    path=[0, 'label'],
    json='contexts_com_acme_product_1[0][\x27label\x27]'
) }} as product_label
{{ signals_value(
    columns, 'text',
    column='contexts_com_acme_product_1',
    typed='contexts_com_acme_product_1[1][\x27label\x27]',
    path=[1, 'label'],
    json='contexts_com_acme_product_1[1][\x27label\x27]'
) }} as product_1_label
{{ signals_value(
    columns, 'text',
    column='contexts_org_other_product_1',
    typed='contexts_org_other_product_1[0][\x27label\x27]',
    path=[0, 'label'],
    json='contexts_org_other_product_1[0][\x27label\x27]'
) }} as product_label_2
{{ signals_value(
    columns, 'text',
    column='contexts_com_acme_product_2',
    typed='contexts_com_acme_product_2[0][\x27label\x27]',
    path=[0, 'label'],
    json='contexts_com_acme_product_2[0][\x27label\x27]'
) }} as product_label_3

-- daily_aggregates
max_by(
    product_label,
    case
        when product_label is not null then to_char(event_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || event_id
    end
) as last_product_label
max(case when product_label is not null then event_tstamp end) as last_product_label_tstamp
max_by(
    event_id,
    case
        when product_label is not null then to_char(event_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || event_id
    end
) as last_product_label_event_id
max_by(
    product_1_label,
    case
        when product_1_label is not null then to_char(event_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || event_id
    end
) as last_product_1_label
max(case when product_1_label is not null then event_tstamp end) as last_product_1_label_tstamp
max_by(
    event_id,
    case
        when product_1_label is not null then to_char(event_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || event_id
    end
) as last_product_1_label_event_id
max_by(
    product_label_2,
    case
        when product_label_2 is not null then to_char(event_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || event_id
    end
) as last_product_label_2
max(case when product_label_2 is not null then event_tstamp end) as last_product_label_2_tstamp
max_by(
    event_id,
    case
        when product_label_2 is not null then to_char(event_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || event_id
    end
) as last_product_label_2_event_id
max_by(
    product_label_3,
    case
        when product_label_3 is not null then to_char(event_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || event_id
    end
) as last_product_label_3
max(case when product_label_3 is not null then event_tstamp end) as last_product_label_3_tstamp
max_by(
    event_id,
    case
        when product_label_3 is not null then to_char(event_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || event_id
    end
) as last_product_label_3_event_id

-- attributes_this_run
max_by(
    last_product_label,
    case
        when last_product_label is not null
            then to_char(last_product_label_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || last_product_label_event_id
    end
) as last_product_label
max_by(
    last_product_1_label,
    case
        when last_product_1_label is not null
            then to_char(last_product_1_label_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || last_product_1_label_event_id
    end
) as last_product_1_label
max_by(
    last_product_label_2,
    case
        when last_product_label_2 is not null
            then to_char(last_product_label_2_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || last_product_label_2_event_id
    end
) as last_product_label_2
max_by(
    last_product_label_3,
    case
        when last_product_label_3 is not null
            then to_char(last_product_label_3_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || last_product_label_3_event_id
    end
) as last_product_label_3
