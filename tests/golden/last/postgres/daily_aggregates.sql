-- Made by snowplow-batch-engine from view last, version 1. Change the view, not this file.
{{ config(
    materialized='signals_append', schema='derived', tags=['signals_publish'],
    indexes=[{'columns': ['domain_userid'], 'type': 'hash'}, {'columns': ['day']}],
    pre_hook="{{ signals_replace_states(ref('last_1_entity_days_to_process'), 'domain_userid') }}",
    post_hook=[
        "{{ signals_mark_aggregated(ref('last_1_daily_aggregation_manifest'), ref('last_1_days_to_process')) }}",
        "{{ signals_clear_entity_days(ref('last_1_entity_day_manifest'), ref('last_1_days_to_process')) }}"
    ]
) }}
-- depends_on: {{ ref('last_1_entity_manifest') }}
{%- set entity_days = ref('last_1_entity_days_to_process') %}

-- Partial states per entity and day.
with events as (

    select
        *,
        event_vendor = 'com.acme' and event_name = 'transaction' as is_transaction
    from {{ ref('last_1_filtered_events') }}
    where {{ signals_in_entity_days(entity_days, 'domain_userid') }}

)

select
    domain_userid,
    day,
    count(*) as events,
    (
        array_agg(page_urlpath order by event_tstamp desc, event_id desc) filter(
            where page_urlpath is not null
        )
    )[1] as last_page_urlpath,
    (
        array_agg(transaction_paid_at order by event_tstamp desc, event_id desc) filter(
            where is_transaction and transaction_paid_at is not null
        )
    )[1] as last_transaction_paid_at
from events
group by domain_userid, day
order by day, domain_userid
