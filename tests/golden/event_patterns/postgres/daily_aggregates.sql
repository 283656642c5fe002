-- Made by snowplow-batch-engine from view event_patterns, version 1. Change the view, not this file.
{{ config(
    materialized='signals_append', schema='derived', tags=['signals_publish'],
    indexes=[{'columns': ['domain_userid'], 'type': 'hash'}, {'columns': ['day']}],
    pre_hook="{{ signals_replace_states(ref('event_patterns_1_entity_days_to_process'), 'domain_userid') }}",
    post_hook=[
        "{{ signals_mark_aggregated(ref('event_patterns_1_daily_aggregation_manifest'), ref('event_patterns_1_days_to_process')) }}",
        "{{ signals_clear_entity_days(ref('event_patterns_1_entity_day_manifest'), ref('event_patterns_1_days_to_process')) }}"
    ]
) }}
-- depends_on: {{ ref('event_patterns_1_entity_manifest') }}
{%- set entity_days = ref('event_patterns_1_entity_days_to_process') %}

-- Partial states per entity and day.
with events as (

    select
        *,
        (
            event_vendor = 'com.snowplowanalytics.snowplow'
            and event_name = 'page_view'
            and event_version = '1-0-0'
        ) as is_page_view,
        event_name = 'page_view' or (event_vendor = 'com.acme' and event_name = 'transaction') as is_page_view_or_transaction
    from {{ ref('event_patterns_1_filtered_events') }}
    where {{ signals_in_entity_days(entity_days, 'domain_userid') }}

)

select
    domain_userid,
    day,
    count(*) as events,
    count(*) as count_events,
    count(*) filter(where is_page_view) as count_page_view,
    count(*) filter(where is_page_view_or_transaction) as count_page_view_or_transaction
from events
group by domain_userid, day
order by day, domain_userid
