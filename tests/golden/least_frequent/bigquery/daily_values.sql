-- Made by snowplow-batch-engine from view least_frequent, version 1. Change the view, not this file.
{{ config(
    materialized='signals_days', schema='derived', tags=['signals_publish'],
    partition_by={'field': 'day', 'data_type': 'date'},
    cluster_by=['domain_userid'],
    days='least_frequent_1_days_to_process',
    post_hook=[
        "{{ signals_mark_values(ref('least_frequent_1_daily_aggregation_manifest'), ref('least_frequent_1_days_to_process')) }}"
    ]
) }}
-- depends_on: {{ ref('least_frequent_1_entity_manifest') }}
{%- set days = ref('least_frequent_1_days_to_process') %}

-- States of lists, frequencies and distinct counts: per entity and day, each value with its events and its last event.
with events as (

    select
        *,
        event_vendor = 'com.acme' and event_name = 'transaction' as is_transaction
    from {{ ref('least_frequent_1_filtered_events') }}
    where {{ signals_in_days(days) }}

)

-- for least_frequent_last_7_days
select
    domain_userid,
    day,
    'values_page_urlpath' as slot,
    page_urlpath as value,
    count(*) as n,
    max(event_tstamp) as last_tstamp,
    array_agg(event_id order by event_tstamp desc, event_id desc limit 1)[safe_offset(0)] as last_event_id
from events
where page_urlpath is not null
group by domain_userid, day, page_urlpath

union all

-- for least_frequent_of_lifetime
select
    domain_userid,
    day,
    'values_transaction_coupon' as slot,
    transaction_coupon as value,
    count(*) as n,
    max(event_tstamp) as last_tstamp,
    array_agg(event_id order by event_tstamp desc, event_id desc limit 1)[safe_offset(0)] as last_event_id
from events
where is_transaction and transaction_coupon is not null
group by domain_userid, day, transaction_coupon
