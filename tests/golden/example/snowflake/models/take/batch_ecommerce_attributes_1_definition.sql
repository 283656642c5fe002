-- Made by snowplow-batch-engine from view batch_ecommerce_attributes, version 1. Change the view, not this file.
{%- do signals_begin_model() %}
{{ config(
    materialized='signals_append', schema='snowplow_manifest', tags=['signals_take']
) }}
{%- set columns = signals_events_columns() %}
{%- do signals_require(columns, [
    {'what': 'column event_id', 'column': 'event_id', 'path': []},
    {'what': 'column load_tstamp', 'column': 'load_tstamp', 'path': []},
    {'what': 'domain_userid for the entity\x27s identifier', 'column': 'domain_userid', 'path': []}
]) %}
{%- do signals_say_what_is_missing(columns, [
    {'what': 'products_added_to_cart_last_7_days, total_product_price_clv', 'column': 'unstruct_event_com_snowplowanalytics_snowplow_ecommerce_snowplow_ecommerce_action_1', 'path': ['type']},
    {'what': 'total_product_price_clv', 'column': 'contexts_com_snowplowanalytics_snowplow_ecommerce_product_1', 'path': [0, 'price']},
    {'what': 'first_mkt_source', 'column': 'mkt_source', 'path': []},
    {'what': 'last_device_class', 'column': 'contexts_nl_basjes_yauaa_context_1', 'path': [0, 'deviceClass']}
]) %}
{%- set wanted = signals_parts(columns) %}
{%- do signals_check_definition(signals_state('batch_ecommerce_attributes_1_definition'), wanted, columns, [
    signals_state('batch_ecommerce_attributes_1_definition'),
    signals_state('batch_ecommerce_attributes_1_base_new_event_limits'),
    signals_state('batch_ecommerce_attributes_1_base_events_this_run'),
    signals_state('batch_ecommerce_attributes_1_days_out_of_date'),
    signals_state('batch_ecommerce_attributes_1_entity_days_to_process'),
    signals_state('batch_ecommerce_attributes_1_attributes_this_run'),
    signals_state('batch_ecommerce_attributes_1_incremental_manifest'),
    signals_state('batch_ecommerce_attributes_1_filtered_events'),
    signals_state('batch_ecommerce_attributes_1_chunk_manifest'),
    signals_state('batch_ecommerce_attributes_1_daily_aggregation_manifest'),
    signals_state('batch_ecommerce_attributes_1_entity_day_manifest'),
    signals_state('batch_ecommerce_attributes_1_entity_manifest'),
    signals_state('batch_ecommerce_attributes_1_publication_manifest'),
    signals_state('batch_ecommerce_attributes_1_entity_history'),
    signals_state('batch_ecommerce_attributes_1_daily_aggregates'),
    signals_state('batch_ecommerce_attributes_1_daily_values'),
    signals_state('batch_ecommerce_attributes_1_run_history')
]) %}
{%- set parts = signals_new_types(columns, signals_state('batch_ecommerce_attributes_1_definition')) + signals_added_parts()
    + signals_redefined_parts(signals_state('batch_ecommerce_attributes_1_definition')) %}
{%- if signals_is_stored() and not parts and not signals_is_made_anew() and not flags.FULL_REFRESH %}
  {%- do signals_skip() %}
{%- endif %}

-- What the tables of this project were built from, part by part.
select part, fingerprint
from ({{ wanted }}) as definition
{% if signals_is_stored() and not signals_is_made_anew() -%}
where false
{%- endif %}
{%- for type in parts %}
union all
select {{ signals_text_literal(type[0]) }} as part, {{ signals_text_literal(type[1]) }} as fingerprint
{%- endfor %}
