-- Made by snowplow-batch-engine from view time_since_first, version 1. Change the view, not this file.
{{ config(
    materialized='signals_append', schema='derived', tags=['signals_publish'],
    indexes=[{'columns': ['domain_userid'], 'type': 'hash'}, {'columns': ['day']}],
    pre_hook="{{ signals_replace_states(ref('time_since_first_1_entity_days_to_process'), 'domain_userid') }}",
    post_hook=[
        "{{ signals_mark_aggregated(ref('time_since_first_1_daily_aggregation_manifest'), ref('time_since_first_1_days_to_process')) }}",
        "{{ signals_clear_entity_days(ref('time_since_first_1_entity_day_manifest'), ref('time_since_first_1_days_to_process')) }}"
    ]
) }}
-- depends_on: {{ ref('time_since_first_1_entity_manifest') }}
{%- set entity_days = ref('time_since_first_1_entity_days_to_process') %}

-- Partial states per entity and day.
with events as (

    select
        *,
        event_vendor = 'com.acme' and event_name = 'transaction' as is_transaction
    from {{ ref('time_since_first_1_filtered_events') }}
    where {{ signals_in_entity_days(entity_days, 'domain_userid') }}

)

select
    domain_userid,
    day,
    count(*) as events,
    min(event_tstamp) as first_seen_events,
    min(event_tstamp) filter(where is_transaction) as first_seen_transaction
from events
group by domain_userid, day
order by day, domain_userid
