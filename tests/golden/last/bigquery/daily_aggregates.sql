-- Made by snowplow-batch-engine from view last, version 1. Change the view, not this file.
{{ config(
    materialized='signals_days', schema='derived', tags=['signals_publish'],
    partition_by={'field': 'day', 'data_type': 'date'},
    cluster_by=['domain_userid'],
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
    array_agg(if(page_urlpath is not null, page_urlpath, null) ignore nulls order by event_tstamp desc, event_id desc limit 1)[safe_offset(0)] as last_page_urlpath,
    array_agg(if(is_transaction and transaction_paid_at is not null, transaction_paid_at, null) ignore nulls order by event_tstamp desc, event_id desc limit 1)[safe_offset(0)] as last_transaction_paid_at
from events
group by domain_userid, day
order by day, domain_userid
