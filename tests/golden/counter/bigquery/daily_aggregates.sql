-- Made by snowplow-batch-engine from view counter, version 1. Change the view, not this file.
{{ config(
    materialized='signals_days', schema='derived', tags=['signals_publish'],
    partition_by={'field': 'day', 'data_type': 'date'},
    cluster_by=['domain_userid'],
    days='counter_1_days_to_process',
    post_hook=[
        "{{ signals_mark_aggregated(ref('counter_1_daily_aggregation_manifest'), ref('counter_1_days_to_process')) }}",
        "{{ signals_clear_entity_days(ref('counter_1_entity_day_manifest'), ref('counter_1_days_to_process')) }}"
    ]
) }}
-- depends_on: {{ ref('counter_1_entity_manifest') }}
{%- set days = ref('counter_1_days_to_process') %}

-- Partial states per entity and day.
with events as (

    select
        *,
        event_vendor = 'com.acme' and event_name = 'transaction' as is_transaction
    from {{ ref('counter_1_filtered_events') }}
    where {{ signals_in_days(days) }}

)

select
    domain_userid,
    day,
    count(*) as events,
    count(*) as count_events,
    countif(is_transaction) as count_transaction
from events
group by domain_userid, day
order by day, domain_userid
