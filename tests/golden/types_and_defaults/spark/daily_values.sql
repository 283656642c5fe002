-- Made by snowplow-batch-engine from view types_and_defaults, version 1. Change the view, not this file.
{{ config(
    materialized='signals_days', schema='derived', tags=['signals_publish'],
    partition_by=['day'],
    days='types_and_defaults_1_days_to_process',
    post_hook=[
        "{{ signals_mark_values(ref('types_and_defaults_1_daily_aggregation_manifest'), ref('types_and_defaults_1_days_to_process')) }}"
    ]
) }}
-- depends_on: {{ ref('types_and_defaults_1_entity_manifest') }}
{%- set days = ref('types_and_defaults_1_days_to_process') %}

-- States of lists, frequencies and distinct counts: per entity and day, each value with its events and its last event.
with events as (

    select
        *
    from {{ ref('types_and_defaults_1_filtered_events') }}
    where {{ signals_in_days(days) }}

)

-- for as_list, as_dict
select
    domain_userid,
    day,
    'values_transaction_coupon' as slot,
    transaction_coupon as value,
    count(*) as n,
    max(event_tstamp) as last_tstamp,
    max_by(event_id, struct(event_tstamp, event_id)) as last_event_id
from events
where transaction_coupon is not null
group by domain_userid, day, transaction_coupon
