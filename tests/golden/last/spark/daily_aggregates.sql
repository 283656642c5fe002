-- Made by snowplow-batch-engine from view last, version 1. Change the view, not this file.
{{ config(
    materialized='signals_days', schema='derived', tags=['signals_publish'],
    partition_by=['day'],
    days='last_1_days_to_process',
    post_hook=[
        "{{ signals_mark_aggregated(ref('last_1_daily_aggregation_manifest'), ref('last_1_days_to_process')) }}",
        "{{ signals_clear_entity_days(ref('last_1_entity_day_manifest'), ref('last_1_days_to_process')) }}"
    ]
) }}
-- depends_on: {{ ref('last_1_entity_manifest') }}
{%- set days = ref('last_1_days_to_process') %}

-- Partial states per entity and day.
with events as (

    select
        *,
        event_vendor = 'com.acme' and event_name = 'transaction' as is_transaction
    from {{ ref('last_1_filtered_events') }}
    where {{ signals_in_days(days) }}

)

select
    domain_userid,
    day,
    count(*) as events,
    max_by(page_urlpath, struct(event_tstamp, event_id)) filter(where page_urlpath is not null) as last_page_urlpath,
    max_by(transaction_paid_at, struct(event_tstamp, event_id)) filter(
        where is_transaction and transaction_paid_at is not null
    ) as last_transaction_paid_at
from events
group by domain_userid, day
order by day, domain_userid
