-- Made by snowplow-batch-engine from view least_frequent, version 1. Change the view, not this file.
{{ config(
    materialized='signals_days', schema='derived', tags=['signals_publish'],
    liquid_clustered_by=['domain_userid', 'day'],
    days='least_frequent_1_days_to_process',
    post_hook=[
        "{{ signals_mark_aggregated(ref('least_frequent_1_daily_aggregation_manifest'), ref('least_frequent_1_days_to_process')) }}",
        "{{ signals_clear_entity_days(ref('least_frequent_1_entity_day_manifest'), ref('least_frequent_1_days_to_process')) }}"
    ]
) }}
-- depends_on: {{ ref('least_frequent_1_daily_values') }}
{%- set days = ref('least_frequent_1_days_to_process') %}

-- Partial states per entity and day.
with events as (

    select
        *
    from {{ ref('least_frequent_1_filtered_events') }}
    where {{ signals_in_days(days) }}

)

select
    domain_userid,
    day,
    count(*) as events
from events
group by domain_userid, day
order by day, domain_userid
