-- Made by snowplow-batch-engine from view equal_names, version 1. Change the view, not this file.
{{ config(
    materialized='signals_append', schema='derived', tags=['signals_publish'],
    pre_hook="{{ signals_replace_states(ref('equal_names_1_entity_days_to_process'), 'domain_userid') }}",
    post_hook=[
        "{{ signals_mark_aggregated(ref('equal_names_1_daily_aggregation_manifest'), ref('equal_names_1_days_to_process')) }}",
        "{{ signals_clear_entity_days(ref('equal_names_1_entity_day_manifest'), ref('equal_names_1_days_to_process')) }}"
    ]
) }}
-- depends_on: {{ ref('equal_names_1_entity_manifest') }}
{%- set entity_days = ref('equal_names_1_entity_days_to_process') %}

-- Partial states per entity and day.
with events as (

    select
        *
    from {{ ref('equal_names_1_filtered_events') }}
    where {{ signals_in_entity_days(entity_days, 'domain_userid') }}

)

select
    domain_userid,
    day,
    count(*) as events,
    arg_max(product_label, (event_tstamp, event_id)) filter(where product_label is not null) as last_product_label,
    arg_max(product_1_label, (event_tstamp, event_id)) filter(where product_1_label is not null) as last_product_1_label,
    arg_max(product_label_2, (event_tstamp, event_id)) filter(where product_label_2 is not null) as last_product_label_2,
    arg_max(product_label_3, (event_tstamp, event_id)) filter(where product_label_3 is not null) as last_product_label_3
from events
group by domain_userid, day
order by day, domain_userid
