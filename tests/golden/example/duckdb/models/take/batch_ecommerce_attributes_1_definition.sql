-- Made by snowplow-batch-engine from view batch_ecommerce_attributes, version 1. Change the view, not this file.
{{ config(
    materialized='signals_append', schema='snowplow_manifest', tags=['signals_take']
) }}
{%- do signals_begin_run(signals_state('batch_ecommerce_attributes_1_base_new_event_limits')) %}
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
    {'what': 'last_device_class', 'column': 'contexts_nl_basjes_yauaa_context_1', 'path': [0, 'device_class']}
]) %}
{%- set wanted %}
select 'entity' as part, 'c9cf3d83eee1708a' as fingerprint
union all select 'events' as part, 'bfeac16a68e6d4bd' as fingerprint
union all select 'attribute products_added_to_cart_last_7_days' as part, '546c96cb6d618999' as fingerprint
union all select 'attribute total_product_price_clv' as part, 'ccbd232f03337009' as fingerprint
union all select 'attribute first_mkt_source' as part, 'd36c033df2447798' as fingerprint
union all select 'attribute last_device_class' as part, '656a9bd66c112355' as fingerprint
union all select 'snowplow__start_date' as part, '{{ signals_start_date() }}' as fingerprint
union all select 'snowplow__app_id' as part, '{{ local_md5(signals_app_ids() | tojson) }}' as fingerprint
union all select 'layout' as part, '2' as fingerprint
union all select '*' as part, '{{ signals_definition_id() }}' as fingerprint
union all select 'column derived_tstamp' as part, '{{ 'present' if signals_has(columns, 'derived_tstamp', []) else 'absent' }}' as fingerprint
union all select 'column collector_tstamp' as part, '{{ 'present' if signals_has(columns, 'collector_tstamp', []) else 'absent' }}' as fingerprint
union all select 'column app_id' as part, '{{ 'present' if signals_has(columns, 'app_id', []) else 'absent' }}' as fingerprint
union all select 'column event_vendor' as part, '{{ 'present' if signals_has(columns, 'event_vendor', []) else 'absent' }}' as fingerprint
union all select 'column event_name' as part, '{{ 'present' if signals_has(columns, 'event_name', []) else 'absent' }}' as fingerprint
union all select 'column unstruct_event_com_snowplowanalytics_snowplow_ecommerce_snowplow_ecommerce_action_1.type' as part, '{{ 'present' if signals_has(columns, 'unstruct_event_com_snowplowanalytics_snowplow_ecommerce_snowplow_ecommerce_action_1', ['type']) else 'absent' }}' as fingerprint
union all select 'column contexts_com_snowplowanalytics_snowplow_ecommerce_product_1.price' as part, '{{ 'present' if signals_has(columns, 'contexts_com_snowplowanalytics_snowplow_ecommerce_product_1', [0, 'price']) else 'absent' }}' as fingerprint
union all select 'column mkt_source' as part, '{{ 'present' if signals_has(columns, 'mkt_source', []) else 'absent' }}' as fingerprint
union all select 'column contexts_nl_basjes_yauaa_context_1.device_class' as part, '{{ 'present' if signals_has(columns, 'contexts_nl_basjes_yauaa_context_1', [0, 'device_class']) else 'absent' }}' as fingerprint
{%- endset %}
{%- do signals_check_definition(signals_state('batch_ecommerce_attributes_1_definition'), wanted, [
    signals_state('batch_ecommerce_attributes_1_base_new_event_limits'),
    signals_state('batch_ecommerce_attributes_1_base_events_this_run'),
    signals_state('batch_ecommerce_attributes_1_days_out_of_date'),
    signals_state('batch_ecommerce_attributes_1_days_to_process'),
    signals_state('batch_ecommerce_attributes_1_entity_days_to_process'),
    signals_state('batch_ecommerce_attributes_1_attributes_this_run'),
    signals_state('batch_ecommerce_attributes_1_incremental_manifest'),
    signals_state('batch_ecommerce_attributes_1_filtered_events'),
    signals_state('batch_ecommerce_attributes_1_chunk_manifest'),
    signals_state('batch_ecommerce_attributes_1_daily_aggregation_manifest'),
    signals_state('batch_ecommerce_attributes_1_entity_day_manifest'),
    signals_state('batch_ecommerce_attributes_1_entity_manifest'),
    signals_state('batch_ecommerce_attributes_1_publication_manifest'),
    signals_state('batch_ecommerce_attributes_1_daily_aggregates'),
    signals_state('batch_ecommerce_attributes_1_daily_values'),
    signals_state('batch_ecommerce_attributes_1_run_history'),
    signals_state('batch_ecommerce_attributes_1_definition')
]) %}
{%- set types = signals_new_types(columns, signals_state('batch_ecommerce_attributes_1_definition'), [
    {'what': 'text', 'column': 'domain_userid', 'path': []},
    {'what': 'text', 'column': 'unstruct_event_com_snowplowanalytics_snowplow_ecommerce_snowplow_ecommerce_action_1', 'path': ['type']},
    {'what': 'text', 'column': 'mkt_source', 'path': []},
    {'what': 'text', 'column': 'contexts_nl_basjes_yauaa_context_1', 'path': [0, 'device_class']}
]) %}

-- What the tables of this project were built from, part by part.
select part, fingerprint
from ({{ wanted }}) as definition
{% if signals_is_stored() -%}
where false
{%- endif %}
{%- for type in types %}
union all
select {{ signals_text_literal(type[0]) }} as part, {{ signals_text_literal(type[1]) }} as fingerprint
{%- endfor %}
