-- Made by snowplow-batch-engine from view batch_ecommerce_attributes, version 1. Change the view, not this file.
{#- What the tables of this project are built from. -#}

{% macro signals_parts(columns) -%}
  {#- A query of it, part by part; `columns` are those of the events table. -#}
  select 'entity' as part, 'c9cf3d83eee1708a' as fingerprint
  union all select 'events' as part, 'bfeac16a68e6d4bd' as fingerprint
  union all select 'attribute products_added_to_cart_last_7_days' as part, '546c96cb6d618999' as fingerprint
  union all select 'attribute total_product_price_clv' as part, 'ccbd232f03337009' as fingerprint
  union all select 'attribute first_mkt_source' as part, 'd36c033df2447798' as fingerprint
  union all select 'attribute last_device_class' as part, '656a9bd66c112355' as fingerprint
  union all select 'snowplow__start_date' as part, '{{ signals_start_date() }}' as fingerprint
  union all select 'snowplow__app_id' as part, '{{ local_md5(signals_app_ids() | tojson) }}' as fingerprint
  union all select 'layout' as part, '3' as fingerprint
  union all select 'column derived_tstamp' as part, '{{ 'present' if signals_has(columns, 'derived_tstamp', []) else 'absent' }}' as fingerprint
  union all select 'column collector_tstamp' as part, '{{ 'present' if signals_has(columns, 'collector_tstamp', []) else 'absent' }}' as fingerprint
  union all select 'column app_id' as part, '{{ 'present' if signals_has(columns, 'app_id', []) else 'absent' }}' as fingerprint
  union all select 'column event_vendor' as part, '{{ 'present' if signals_has(columns, 'event_vendor', []) else 'absent' }}' as fingerprint
  union all select 'column event_name' as part, '{{ 'present' if signals_has(columns, 'event_name', []) else 'absent' }}' as fingerprint
  union all select 'column unstruct_event_com_snowplowanalytics_snowplow_ecommerce_snowplow_ecommerce_action_1.type' as part, '{{ 'present' if signals_has(columns, 'unstruct_event_com_snowplowanalytics_snowplow_ecommerce_snowplow_ecommerce_action_1', ['type']) else 'absent' }}' as fingerprint
  union all select 'column contexts_com_snowplowanalytics_snowplow_ecommerce_product_1.price' as part, '{{ 'present' if signals_has(columns, 'contexts_com_snowplowanalytics_snowplow_ecommerce_product_1', [0, 'price']) else 'absent' }}' as fingerprint
  union all select 'column mkt_source' as part, '{{ 'present' if signals_has(columns, 'mkt_source', []) else 'absent' }}' as fingerprint
  union all select 'column contexts_nl_basjes_yauaa_context_1.deviceClass' as part, '{{ 'present' if signals_has(columns, 'contexts_nl_basjes_yauaa_context_1', [0, 'deviceClass']) else 'absent' }}' as fingerprint
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
