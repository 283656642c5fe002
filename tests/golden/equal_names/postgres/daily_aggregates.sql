-- Made by snowplow-batch-engine from view equal_names, version 1. Change the view, not this file.
{{ config(
    materialized='signals_append', schema='derived', tags=['signals_publish'],
    indexes=[{'columns': ['domain_userid'], 'type': 'hash'}, {'columns': ['day']}],
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
    (
        array_agg(product_label order by event_tstamp desc, event_id desc) filter(
            where product_label is not null
        )
    )[1] as last_product_label,
    (
        array_agg(product_1_label order by event_tstamp desc, event_id desc) filter(
            where product_1_label is not null
        )
    )[1] as last_product_1_label,
    (
        array_agg(product_label_2 order by event_tstamp desc, event_id desc) filter(
            where product_label_2 is not null
        )
    )[1] as last_product_label_2,
    (
        array_agg(product_label_3 order by event_tstamp desc, event_id desc) filter(
            where product_label_3 is not null
        )
    )[1] as last_product_label_3
from events
group by domain_userid, day
order by day, domain_userid
