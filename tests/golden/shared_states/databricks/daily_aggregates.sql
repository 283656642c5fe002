-- Made by snowplow-batch-engine from view shared_states, version 1. Change the view, not this file.
{{ config(
    materialized='signals_days', schema='derived', tags=['signals_publish'],
    liquid_clustered_by=['domain_userid', 'day'],
    days='shared_states_1_days_to_process',
    post_hook=[
        "{{ signals_mark_aggregated(ref('shared_states_1_daily_aggregation_manifest'), ref('shared_states_1_days_to_process')) }}",
        "{{ signals_clear_entity_days(ref('shared_states_1_entity_day_manifest'), ref('shared_states_1_days_to_process')) }}"
    ]
) }}
-- depends_on: {{ ref('shared_states_1_entity_manifest') }}
{%- set days = ref('shared_states_1_days_to_process') %}

-- Partial states per entity and day.
with events as (

    select
        *
    from {{ ref('shared_states_1_filtered_events') }}
    where {{ signals_in_days(days) }}

)

select
    domain_userid,
    day,
    count(*) as events,
    sum(transaction_order_total_as_number) as sum_transaction_order_total_as_number
from events
group by domain_userid, day
order by day, domain_userid
