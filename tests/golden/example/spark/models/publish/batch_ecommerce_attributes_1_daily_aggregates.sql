-- Made by snowplow-batch-engine from view batch_ecommerce_attributes, version 1. Change the view, not this file.
{%- do signals_begin_model() %}
{{ config(
    materialized='signals_days', schema='derived', tags=['signals_publish'],
    partition_by=['day'],
    days='batch_ecommerce_attributes_1_days_out_of_date',
    post_hook=[
        "{{ signals_clear_entity_days(ref('batch_ecommerce_attributes_1_entity_day_manifest'), signals_due(ref('batch_ecommerce_attributes_1_days_out_of_date'))) }}",
        "{{ signals_mark_aggregated(ref('batch_ecommerce_attributes_1_daily_aggregation_manifest'), signals_due(ref('batch_ecommerce_attributes_1_days_out_of_date'))) }}"
    ]
) }}
-- depends_on: {{ ref('batch_ecommerce_attributes_1_entity_history') }}
{%- set days = ref('batch_ecommerce_attributes_1_days_out_of_date') %}

-- Partial states per entity, day and chunk of load: each event is aggregated once.
with events as (

    select
        *,
        (
            (
                event_vendor = 'com.snowplowanalytics.snowplow.ecommerce'
                and event_name = 'snowplow_ecommerce_action'
            )
            and snowplow_ecommerce_action_type = 'add_to_cart'
        ) as is_snowplow_ecommerce_action_add_to_cart,
        (
            (
                event_vendor = 'com.snowplowanalytics.snowplow.ecommerce'
                and event_name = 'snowplow_ecommerce_action'
            )
            and snowplow_ecommerce_action_type = 'transaction'
        ) as is_snowplow_ecommerce_action_transaction,
        event_vendor = 'com.snowplowanalytics.snowplow' and event_name = 'page_view' as is_page_view
    from {{ ref('batch_ecommerce_attributes_1_filtered_events') }}
    where {{ signals_computed_now(days) }}

)

select
    domain_userid,
    day,
    chunk,
    count(*) as events,
    count(*) filter(where is_snowplow_ecommerce_action_add_to_cart) as count_snowplow_ecommerce_action_add_to_cart,
    sum(product_all_price_as_number_sum) filter(where is_snowplow_ecommerce_action_transaction) as sum_product_all_price_as_number,
    min_by(mkt_source, struct(event_tstamp, event_id)) filter(
        where is_page_view and mkt_source is not null
    ) as first_mkt_source,
    min(event_tstamp) filter(where is_page_view and mkt_source is not null) as first_mkt_source_tstamp,
    min_by(event_id, struct(event_tstamp, event_id)) filter(
        where is_page_view and mkt_source is not null
    ) as first_mkt_source_event_id,
    max_by(yauaa_context_device_class, struct(event_tstamp, event_id)) filter(
        where is_page_view and yauaa_context_device_class is not null
    ) as last_yauaa_context_device_class,
    max(event_tstamp) filter(where is_page_view and yauaa_context_device_class is not null) as last_yauaa_context_device_class_tstamp,
    max_by(event_id, struct(event_tstamp, event_id)) filter(
        where is_page_view and yauaa_context_device_class is not null
    ) as last_yauaa_context_device_class_event_id
from events
group by domain_userid, day, chunk
order by day, domain_userid
