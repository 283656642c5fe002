-- Made by snowplow-batch-engine from view category_count, version 1. Change the view, not this file.
{{ config(
    materialized='signals_append', schema='derived', tags=['signals_publish'],
    indexes=[{'columns': ['domain_userid'], 'type': 'hash'}, {'columns': ['day']}],
    pre_hook="{{ signals_replace_states(ref('category_count_1_entity_days_to_process'), 'domain_userid') }}",
    post_hook=[
        "{{ signals_mark_values(ref('category_count_1_daily_aggregation_manifest'), ref('category_count_1_days_to_process')) }}"
    ]
) }}
-- depends_on: {{ ref('category_count_1_entity_manifest') }}
{%- set entity_days = ref('category_count_1_entity_days_to_process') %}

-- States of lists, frequencies and distinct counts: per entity and day, each value with its events and its last event.
with events as (

    select
        *,
        event_vendor = 'com.acme' and event_name = 'transaction' as is_transaction
    from {{ ref('category_count_1_filtered_events') }}
    where {{ signals_in_entity_days(entity_days, 'domain_userid') }}

)

-- for category_count_last_7_days
select
    domain_userid,
    day,
    'values_page_urlpath' as slot,
    page_urlpath as value,
    count(*) as n,
    max(event_tstamp) as last_tstamp,
    (array_agg(event_id order by event_tstamp desc, event_id desc))[1] as last_event_id
from events
where page_urlpath is not null
group by domain_userid, day, page_urlpath

union all

-- for category_count_of_lifetime
select
    domain_userid,
    day,
    'values_transaction_coupon' as slot,
    transaction_coupon as value,
    count(*) as n,
    max(event_tstamp) as last_tstamp,
    (array_agg(event_id order by event_tstamp desc, event_id desc))[1] as last_event_id
from events
where is_transaction and transaction_coupon is not null
group by domain_userid, day, transaction_coupon
