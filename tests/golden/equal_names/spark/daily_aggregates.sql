-- Made by snowplow-batch-engine from view equal_names, version 1. Change the view, not this file.
{{ config(
    materialized='signals_days', schema='derived', tags=['signals_publish'],
    partition_by=['day'],
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
    max_by(product_label, struct(event_tstamp, event_id)) filter(where product_label is not null) as last_product_label,
    max_by(product_1_label, struct(event_tstamp, event_id)) filter(
        where product_1_label is not null
    ) as last_product_1_label,
    max_by(product_label_2, struct(event_tstamp, event_id)) filter(
        where product_label_2 is not null
    ) as last_product_label_2,
    max_by(product_label_3, struct(event_tstamp, event_id)) filter(
        where product_label_3 is not null
    ) as last_product_label_3
from events
group by domain_userid, day
order by day, domain_userid
