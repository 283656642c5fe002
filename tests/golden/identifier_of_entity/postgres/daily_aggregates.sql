-- Made by snowplow-batch-engine from view identifier_of_entity, version 1. Change the view, not this file.
{{ config(
    materialized='signals_append', schema='derived', tags=['signals_publish'],
    indexes=[{'columns': ['sku'], 'type': 'hash'}, {'columns': ['day']}],
    pre_hook="{{ signals_replace_states(ref('identifier_of_entity_1_entity_days_to_process'), 'sku') }}",
    post_hook=[
        "{{ signals_mark_aggregated(ref('identifier_of_entity_1_daily_aggregation_manifest'), ref('identifier_of_entity_1_days_to_process')) }}",
        "{{ signals_clear_entity_days(ref('identifier_of_entity_1_entity_day_manifest'), ref('identifier_of_entity_1_days_to_process')) }}"
    ]
) }}
-- depends_on: {{ ref('identifier_of_entity_1_entity_manifest') }}
{%- set entity_days = ref('identifier_of_entity_1_entity_days_to_process') %}

-- Partial states per entity and day.
with events as (

    select
        *
    from {{ ref('identifier_of_entity_1_filtered_events') }}
    where {{ signals_in_entity_days(entity_days, 'sku') }}

)

select
    sku,
    day,
    count(*) as events,
    count(*) as count_events
from events
group by sku, day
order by day, sku
