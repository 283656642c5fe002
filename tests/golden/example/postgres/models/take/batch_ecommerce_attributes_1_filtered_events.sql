-- Made by snowplow-batch-engine from view batch_ecommerce_attributes, version 1. Change the view, not this file.
{%- do signals_begin_model() %}
{{ config(
    materialized='signals_append', schema='derived', tags=['signals_take'],
    indexes=[{'columns': ['day', 'hashtextextended(domain_userid, 0)']}, {'columns': ['event_key']}],
    pre_hook="{{ signals_drop_replaced(ref('batch_ecommerce_attributes_1_base_events_this_run')) }}",
    post_hook="{{ signals_mark_stored(ref('batch_ecommerce_attributes_1_chunk_manifest'), ref('batch_ecommerce_attributes_1_base_new_event_limits')) }}"
) }}
-- depends_on: {{ ref('batch_ecommerce_attributes_1_entity_day_manifest') }}

-- One row per event: its winner, with the properties that the attributes need.
select
    events.event_id,
    events.event_key,
    events.domain_userid,
    events.day,
    events.event_tstamp,
    events.load_tstamp,
    events.collector_tstamp,
    events.event_vendor,
    events.event_name,
    events.snowplow_ecommerce_action_type,
    events.product_all_price_as_number_sum,
    events.mkt_source,
    events.yauaa_context_device_class,
    cast(events.chunk as bigint) as chunk
from {{ ref('batch_ecommerce_attributes_1_base_events_this_run') }} as events
where events.is_winner
order by events.day, events.domain_userid
