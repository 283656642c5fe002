-- Made by snowplow-batch-engine from view batch_ecommerce_attributes, version 1. Change the view, not this file.
{%- do signals_begin_model() %}
{{ config(
    materialized='signals_cache', schema='derived', tags=['signals_publish'],
    indexes=[{'columns': ['domain_userid'], 'type': 'hash'}],
) }}
-- depends_on: {{ ref('batch_ecommerce_attributes_1_entity_manifest') }}
{%- set history = signals_history_plan(ref('batch_ecommerce_attributes_1_base_new_event_limits'), 7) %}

-- A cache: an entity's states of all days up to `day`, merged. Of an entity that has a row without a day, the days are read.
with changing as (

    -- the states of their earlier days are about to change
    select distinct domain_userid
    from {{ ref('batch_ecommerce_attributes_1_entity_days_to_process') }}
    where day <= date '{{ history.changed_until }}'

){{ ',' if history.action }}

{% if history.action == 'make' -%}
days as (

    select
        domain_userid,
        day,
        events,
        count_snowplow_ecommerce_action_add_to_cart,
        sum_product_all_price_as_number,
        first_mkt_source,
        first_mkt_source_tstamp,
        first_mkt_source_event_id,
        last_yauaa_context_device_class,
        last_yauaa_context_device_class_tstamp,
        last_yauaa_context_device_class_event_id
    from {{ signals_state('batch_ecommerce_attributes_1_daily_aggregates') }}
    where
        day <= date '{{ history.day }}' and {{ signals_after_history(history, 'domain_userid') }}
    {%- if history.before %}

    union all

    select
        domain_userid,
        day,
        events,
        count_snowplow_ecommerce_action_add_to_cart,
        sum_product_all_price_as_number,
        first_mkt_source,
        first_mkt_source_tstamp,
        first_mkt_source_event_id,
        last_yauaa_context_device_class,
        last_yauaa_context_device_class_tstamp,
        last_yauaa_context_device_class_event_id
    from {{ this }}
    where {{ signals_in_history(history, 'domain_userid') }}
    {%- endif %}

),

merged as (

    select
        domain_userid,
        date '{{ history.day }}' as day,
        sum(events) as events,
        sum(count_snowplow_ecommerce_action_add_to_cart) as count_snowplow_ecommerce_action_add_to_cart,
        sum(sum_product_all_price_as_number) as sum_product_all_price_as_number,
        (
            array_agg(first_mkt_source order by first_mkt_source_tstamp, first_mkt_source_event_id) filter(
                where first_mkt_source is not null
            )
        )[1] as first_mkt_source,
        min(first_mkt_source_tstamp) filter(where first_mkt_source is not null) as first_mkt_source_tstamp,
        (
            array_agg(first_mkt_source_event_id order by first_mkt_source_tstamp, first_mkt_source_event_id) filter(
                where first_mkt_source is not null
            )
        )[1] as first_mkt_source_event_id,
        (
            array_agg(
                last_yauaa_context_device_class
                order by last_yauaa_context_device_class_tstamp desc, last_yauaa_context_device_class_event_id desc
            ) filter(
                where last_yauaa_context_device_class is not null
            )
        )[1] as last_yauaa_context_device_class,
        max(last_yauaa_context_device_class_tstamp) filter(
            where last_yauaa_context_device_class is not null
        ) as last_yauaa_context_device_class_tstamp,
        (
            array_agg(
                last_yauaa_context_device_class_event_id
                order by last_yauaa_context_device_class_tstamp desc, last_yauaa_context_device_class_event_id desc
            ) filter(
                where last_yauaa_context_device_class is not null
            )
        )[1] as last_yauaa_context_device_class_event_id
    from days
    group by domain_userid

)

select
    domain_userid,
    day,
    events,
    count_snowplow_ecommerce_action_add_to_cart,
    sum_product_all_price_as_number,
    first_mkt_source,
    first_mkt_source_tstamp,
    first_mkt_source_event_id,
    last_yauaa_context_device_class,
    last_yauaa_context_device_class_tstamp,
    last_yauaa_context_device_class_event_id
from merged
where domain_userid not in (select domain_userid from changing)

union all

{% elif history.action == 'mark' -%}
types as (

    select
        domain_userid,
        day,
        events,
        count_snowplow_ecommerce_action_add_to_cart,
        sum_product_all_price_as_number,
        first_mkt_source,
        first_mkt_source_tstamp,
        first_mkt_source_event_id,
        last_yauaa_context_device_class,
        last_yauaa_context_device_class_tstamp,
        last_yauaa_context_device_class_event_id
    from {{ this }}
    where false

)

select * from types

union all

{% endif -%}
select
    domain_userid,
    cast(null as date) as day,
    null as events,
    null as count_snowplow_ecommerce_action_add_to_cart,
    null as sum_product_all_price_as_number,
    null as first_mkt_source,
    null as first_mkt_source_tstamp,
    null as first_mkt_source_event_id,
    null as last_yauaa_context_device_class,
    null as last_yauaa_context_device_class_tstamp,
    null as last_yauaa_context_device_class_event_id
from changing
order by 1
