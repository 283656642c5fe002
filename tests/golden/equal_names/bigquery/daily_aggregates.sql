-- Made by snowplow-batch-engine from view equal_names, version 1. Change the view, not this file.
{{ config(
    materialized='signals_days', schema='derived', tags=['signals_publish'],
    partition_by={'field': 'day', 'data_type': 'date'},
    cluster_by=['domain_userid'],
    days='equal_names_1_days_to_process',
    post_hook=[
        "{{ signals_mark_aggregated(ref('equal_names_1_daily_aggregation_manifest'), ref('equal_names_1_days_to_process')) }}",
        "{{ signals_clear_entity_days(ref('equal_names_1_entity_day_manifest'), ref('equal_names_1_days_to_process')) }}"
    ]
) }}
-- depends_on: {{ ref('equal_names_1_entity_manifest') }}
{%- set days = ref('equal_names_1_days_to_process') %}

-- Partial states per entity and day.
with events as (

    select
        *
    from {{ ref('equal_names_1_filtered_events') }}
    where {{ signals_in_days(days) }}

)

select
    domain_userid,
    day,
    count(*) as events,
    array_agg(if(product_label is not null, product_label, null) ignore nulls order by event_tstamp desc, event_id desc limit 1)[safe_offset(0)] as last_product_label,
    array_agg(if(product_1_label is not null, product_1_label, null) ignore nulls order by event_tstamp desc, event_id desc limit 1)[safe_offset(0)] as last_product_1_label,
    array_agg(if(product_label_2 is not null, product_label_2, null) ignore nulls order by event_tstamp desc, event_id desc limit 1)[safe_offset(0)] as last_product_label_2,
    array_agg(if(product_label_3 is not null, product_label_3, null) ignore nulls order by event_tstamp desc, event_id desc limit 1)[safe_offset(0)] as last_product_label_3
from events
group by domain_userid, day
order by day, domain_userid
