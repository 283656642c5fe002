-- Made by snowplow-batch-engine from view approx_count_distinct, version 1. Change the view, not this file.
{{ config(
    materialized='signals_days', schema='derived', tags=['signals_publish'],
    partition_by=['day'],
    days='approx_count_distinct_1_days_to_process',
    post_hook=[
        "{{ signals_mark_values(ref('approx_count_distinct_1_daily_aggregation_manifest'), ref('approx_count_distinct_1_days_to_process')) }}"
    ]
) }}
-- depends_on: {{ ref('approx_count_distinct_1_entity_manifest') }}
{%- set days = ref('approx_count_distinct_1_days_to_process') %}

-- States of lists, frequencies and distinct counts: per entity and day, each value with its events and its last event.
with events as (

    select
        *,
        event_vendor = 'com.acme' and event_name = 'transaction' as is_transaction
    from {{ ref('approx_count_distinct_1_filtered_events') }}
    where {{ signals_in_days(days) }}

)

-- for approx_count_distinct_last_7_days
select
    domain_userid,
    day,
    'values_page_urlpath' as slot,
    page_urlpath as value,
    count(*) as n,
    max(event_tstamp) as last_tstamp,
    max_by(event_id, struct(event_tstamp, event_id)) as last_event_id
from events
where page_urlpath is not null
group by domain_userid, day, page_urlpath

union all

-- for approx_count_distinct_of_lifetime
select
    domain_userid,
    day,
    'values_transaction_coupon' as slot,
    transaction_coupon as value,
    count(*) as n,
    max(event_tstamp) as last_tstamp,
    max_by(event_id, struct(event_tstamp, event_id)) as last_event_id
from events
where is_transaction and transaction_coupon is not null
group by domain_userid, day, transaction_coupon
