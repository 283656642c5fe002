-- Made by snowplow-batch-engine from view first, version 1. Change the view, not this file.
{{ config(
    materialized='signals_days', schema='derived', tags=['signals_publish'],
    partition_by={'field': 'day', 'data_type': 'date'},
    cluster_by=['domain_userid'],
    days='first_1_days_to_process',
    post_hook=[
        "{{ signals_mark_aggregated(ref('first_1_daily_aggregation_manifest'), ref('first_1_days_to_process')) }}",
        "{{ signals_clear_entity_days(ref('first_1_entity_day_manifest'), ref('first_1_days_to_process')) }}"
    ]
) }}
-- depends_on: {{ ref('first_1_entity_manifest') }}
{%- set days = ref('first_1_days_to_process') %}

-- Partial states per entity and day.
with events as (

    select
        *,
        event_vendor = 'com.acme' and event_name = 'transaction' as is_transaction
    from {{ ref('first_1_filtered_events') }}
    where {{ signals_in_days(days) }}

)

select
    domain_userid,
    day,
    count(*) as events,
    array_agg(if(page_urlpath is not null, page_urlpath, null) ignore nulls order by event_tstamp, event_id limit 1)[safe_offset(0)] as first_page_urlpath,
    array_agg(if(is_transaction and transaction_coupon is not null, transaction_coupon, null) ignore nulls order by event_tstamp, event_id limit 1)[safe_offset(0)] as first_transaction_coupon
from events
group by domain_userid, day
order by day, domain_userid
