-- Made by snowplow-batch-engine from view batch_ecommerce_attributes, version 1. Change the view, not this file.
{#- What the other macros know of this project. -#}

{% macro signals_identifier() -%}
  {{ return('domain_userid') }}
{%- endmacro %}

{% macro signals_counts_rows() -%}
  {#- Whether the engine knows how many rows the events table has without reading it. -#}
  {{ return(var('signals__run', {}).get('counts_rows', false)) }}
{%- endmacro %}

{% macro signals_phases() -%}
  {#- The models of each phase, in the order in which they are built. -#}
  {{ return([
      [
          'definition', 'base_new_event_limits', 'base_events_this_run', 'chunk_manifest',
          'daily_aggregation_manifest', 'entity_day_manifest', 'filtered_events', 'incremental_manifest'
      ],
      [
          'definition', 'days_out_of_date', 'entity_days_to_process', 'entity_manifest', 'entity_history',
          'daily_aggregates', 'attributes_this_run', 'removed_entities', 'attributes', 'attribute_statistics',
          'publication_manifest', 'run_history'
      ]
  ]) }}
{%- endmacro %}

{% macro signals_columns() -%}
  {#- The columns of the tables to which rows are added: this engine does not find them by their names. -#}
  {{ return({
      'definition': [
          'part', 'fingerprint'
      ],
      'chunk_manifest': [
          'chunk', 'run_id', 'planned_at', 'as_of', 'rows_read', 'rows_used', 'rows_duplicate',
          'rows_seen_before', 'rows_incomplete', 'rows_before_start', 'rows_other_app', 'rows_no_entity',
          'rows_irrelevant', 'winners_replaced', 'is_stored'
      ],
      'daily_aggregation_manifest': [
          'day', 'pending_events', 'pending_late_events', 'pending_late_events_in_reach', 'is_out_of_date',
          'since_chunk', 'marked_chunk', 'left_chunk', 'replaced_chunk', 'counted_chunk',
          'counted_lookback_days', 'values_chunk', 'aggregated_chunk'
      ],
      'entity_day_manifest': [
          'day', 'domain_userid', 'is_recomputed', 'chunk'
      ],
      'filtered_events': [
          'event_id', 'event_key', 'domain_userid', 'day', 'event_tstamp', 'load_tstamp', 'collector_tstamp',
          'event_vendor', 'event_name', 'snowplow_ecommerce_action_type', 'product_all_price_as_number_sum',
          'mkt_source', 'yauaa_context_device_class', 'chunk'
      ],
      'incremental_manifest': [
          'bucket', 'bucket_rows', 'chunk', 'run_id'
      ],
      'entity_manifest': [
          'domain_userid', 'as_of', 'days_shifted'
      ],
      'entity_history': [
          'domain_userid', 'day', 'events', 'count_snowplow_ecommerce_action_add_to_cart',
          'sum_product_all_price_as_number', 'first_mkt_source', 'first_mkt_source_tstamp',
          'first_mkt_source_event_id', 'last_yauaa_context_device_class',
          'last_yauaa_context_device_class_tstamp', 'last_yauaa_context_device_class_event_id'
      ],
      'daily_aggregates': [
          'domain_userid', 'day', 'chunk', 'events', 'count_snowplow_ecommerce_action_add_to_cart',
          'sum_product_all_price_as_number', 'first_mkt_source', 'first_mkt_source_tstamp',
          'first_mkt_source_event_id', 'last_yauaa_context_device_class',
          'last_yauaa_context_device_class_tstamp', 'last_yauaa_context_device_class_event_id'
      ],
      'removed_entities': [
          'domain_userid', 'removed_at'
      ],
      'attributes': [
          'domain_userid', 'products_added_to_cart_last_7_days', 'total_product_price_clv',
          'first_mkt_source', 'last_device_class', 'updated_at'
      ],
      'attribute_statistics': [
          'statistic', 'view_name', 'attribute', 'type', 'run_id', 'chunk', 'planned_at', 'as_of',
          'changed_at', 'pinned_at', 'baseline_run_id', 'baseline_chunk', 'entities', 'null_values',
          'defaults', 'distinct_values', 'smallest', 'p01', 'p05', 'p25', 'p50', 'p75', 'p95', 'p99',
          'largest', 'mean', 'deviation', 'value_1', 'value_2', 'value_3', 'value_4', 'value_5', 'value_6',
          'value_7', 'value_8', 'value_9', 'value_10', 'count_1', 'count_2', 'count_3', 'count_4', 'count_5',
          'count_6', 'count_7', 'count_8', 'count_9', 'count_10', 'edge_1', 'edge_2', 'edge_3', 'edge_4',
          'edge_5', 'edge_6', 'edge_7', 'edge_8', 'edge_9', 'bin_1', 'bin_2', 'bin_3', 'bin_4', 'bin_5',
          'bin_6', 'bin_7', 'bin_8', 'bin_9', 'bin_10', 'bin_11', 'pinned_1', 'pinned_2', 'pinned_3',
          'pinned_4', 'pinned_5', 'pinned_6', 'pinned_7', 'pinned_8', 'pinned_9', 'pinned_10', 'pinned_11',
          'day', 'day_active', 'day_events', 'day_entities', 'day_amount', 'psi_baseline', 'psi_before'
      ],
      'publication_manifest': [
          'published', 'run_id', 'planned_at', 'as_of', 'days_shifted'
      ],
      'run_history': [
          'run_id', 'planned_at', 'finished_at', 'as_of', 'rows_read', 'rows_used', 'rows_duplicate',
          'rows_seen_before', 'rows_incomplete', 'rows_before_start', 'rows_other_app', 'rows_no_entity',
          'rows_irrelevant', 'winners_replaced', 'days_aggregated', 'days_deferred', 'events_deferred',
          'entities', 'entities_changed', 'chunk'
      ]
  }) }}
{%- endmacro %}

{% macro signals_names() -%}
  {#- The columns that this model's rows come into. -#}
  {{ return(signals_columns()[signals_step()]) }}
{%- endmacro %}

{% macro signals_variables() -%}
  {#- The variables that can be set, older names included: of which kind each is, and within which bounds. -#}
  {{ return({
      'snowplow__start_date': {'kind': 'date', 'default': '2025-01-01', 'least': '1900-01-01', 'most': '9000-01-01'},
      'snowplow__app_id': {'kind': 'list', 'default': []},
      'snowplow__backfill_limit_days': {'kind': 'days', 'default': 1, 'least': -1, 'most': 36500},
      'snowplow__backfill_limit_rows': {'kind': 'number', 'default': none, 'least': 0, 'most': 2147483647},
      'snowplow__late_event_lookback_days': {'kind': 'days', 'default': 5, 'least': -1, 'most': 36500},
      'snowplow__min_late_events_to_process': {'kind': 'number', 'default': 1, 'least': 0, 'most': 2147483647},
      'snowplow__load_lookback_days': {'kind': 'days', 'default': 3, 'least': -1, 'most': 36500},
      'snowplow__duplicate_lookback_days': {'kind': 'days', 'default': -1, 'least': -1, 'most': 36500},
      'snowplow__allow_refresh': {'kind': 'flag', 'default': false},
      'snowplow__dev_target_name': {'kind': 'text', 'default': 'dev'},
      'snowplow__accept_changes': {'kind': 'flag', 'default': false},
      'snowplow__atomic_schema': {'kind': 'text', 'default': 'atomic'},
      'snowplow__database': {'kind': 'text', 'default': none},
      'snowplow__databricks_catalog': {'kind': 'text', 'default': 'hive_metastore'},
      'snowplow__events_table': {'kind': 'text', 'default': 'events'},
      'snowplow__include_current_day_in_windows': {'kind': 'flag', 'default': false},
      'snowplow__attribute_statistics': {'kind': 'flag', 'default': true},
      'snowplow__as_of_date': {'kind': 'date', 'default': none, 'least': '1900-01-01', 'most': '9000-01-01'},
      'snowplow__reprocess_days': {'kind': 'days', 'default': 5, 'least': -1, 'most': 36500},
      'snowplow__min_rows_to_process': {'kind': 'number', 'default': 1, 'least': 0, 'most': 2147483647}
  }) }}
{%- endmacro %}
