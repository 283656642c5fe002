-- Made by snowplow-batch-engine from view batch_ecommerce_attributes, version 1. Change the view, not this file.
{#- What the tables of this project are built from. -#}

{% macro signals_parts(columns) -%}
  {#- A query of it, part by part; `columns` are those of the events table. -#}
  select 'entity' as part, 'c9cf3d83eee1708a' as fingerprint
  union all select 'events with vendor com.snowplowanalytics.snowplow.ecommerce, name snowplow_ecommerce_action' as part, '6ff707730f58307b' as fingerprint
  union all select 'events with vendor com.snowplowanalytics.snowplow, name page_view' as part, '317eff1ffa1779fe' as fingerprint
  union all select 'property event_vendor' as part, '0fb2831ca419957a' as fingerprint
  union all select 'property event_name' as part, '7bc545a44034b2dc' as fingerprint
  union all select 'property snowplow_ecommerce_action_type' as part, 'ac3ae295986917a9' as fingerprint
  union all select 'property product_all_price_as_number_sum' as part, '5bce9e4533f633b6' as fingerprint
  union all select 'property mkt_source' as part, 'c7141c7ed6da060a' as fingerprint
  union all select 'property yauaa_context_device_class' as part, 'fe76d3717e14da52' as fingerprint
  union all select 'slot count_snowplow_ecommerce_action_add_to_cart' as part, '34cd07f9f7409bf8' as fingerprint
  union all select 'slot sum_product_all_price_as_number' as part, '5c6232ac267972ba' as fingerprint
  union all select 'slot first_mkt_source' as part, '4fdbaa64853aa38b' as fingerprint
  union all select 'slot last_yauaa_context_device_class' as part, 'a1b8d2dc1c9016f7' as fingerprint
  union all select 'attribute products_added_to_cart_last_7_days' as part, 'd93a0d67f986ad8d' as fingerprint
  union all select 'attribute total_product_price_clv' as part, '588bac3814eb128d' as fingerprint
  union all select 'attribute first_mkt_source' as part, 'a86d52418ddfea13' as fingerprint
  union all select 'attribute last_device_class' as part, 'aa774012401968eb' as fingerprint
  union all select 'snowplow__start_date' as part, '{{ signals_start_date() }}' as fingerprint
  union all select 'snowplow__app_id' as part, '{{ local_md5(signals_app_ids() | tojson) }}' as fingerprint
  union all select 'layout' as part, '4' as fingerprint
  union all select 'column derived_tstamp' as part, '{{ 'present' if signals_has(columns, 'derived_tstamp', []) else 'absent' }}' as fingerprint
  union all select 'column collector_tstamp' as part, '{{ 'present' if signals_has(columns, 'collector_tstamp', []) else 'absent' }}' as fingerprint
  union all select 'column app_id' as part, '{{ 'present' if signals_has(columns, 'app_id', []) else 'absent' }}' as fingerprint
  union all select 'column event_vendor' as part, '{{ 'present' if signals_has(columns, 'event_vendor', []) else 'absent' }}' as fingerprint
  union all select 'column event_name' as part, '{{ 'present' if signals_has(columns, 'event_name', []) else 'absent' }}' as fingerprint
  union all select 'column unstruct_event_com_snowplowanalytics_snowplow_ecommerce_snowplow_ecommerce_action_1.type' as part, '{{ 'present' if signals_has(columns, 'unstruct_event_com_snowplowanalytics_snowplow_ecommerce_snowplow_ecommerce_action_1', ['type']) else 'absent' }}' as fingerprint
  union all select 'column contexts_com_snowplowanalytics_snowplow_ecommerce_product_1.price' as part, '{{ 'present' if signals_has(columns, 'contexts_com_snowplowanalytics_snowplow_ecommerce_product_1', [0, 'price']) else 'absent' }}' as fingerprint
  union all select 'column mkt_source' as part, '{{ 'present' if signals_has(columns, 'mkt_source', []) else 'absent' }}' as fingerprint
  union all select 'column contexts_nl_basjes_yauaa_context_1.deviceClass' as part, '{{ 'present' if signals_has(columns, 'contexts_nl_basjes_yauaa_context_1', [0, 'deviceClass']) else 'absent' }}' as fingerprint
  {%- set bound = signals_setting('snowplow__duplicate_lookback_days') %}
  {%- if bound >= 0 %}
  union all
  select 'snowplow__duplicate_lookback_days' as part, '{{ bound }}' as fingerprint
  {%- endif %}
{%- endmacro %}

{% macro signals_read_as_text() -%}
  {#- The properties whose text is stored, which must not depend on the type of their column at the time. -#}
  {{ return([
      {'what': 'text', 'column': 'domain_userid', 'path': []},
      {'what': 'text', 'column': 'unstruct_event_com_snowplowanalytics_snowplow_ecommerce_snowplow_ecommerce_action_1', 'path': ['type']},
      {'what': 'text', 'column': 'mkt_source', 'path': []},
      {'what': 'text', 'column': 'contexts_nl_basjes_yauaa_context_1', 'path': [0, 'deviceClass']}
  ]) }}
{%- endmacro %}
