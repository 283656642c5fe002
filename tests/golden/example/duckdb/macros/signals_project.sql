-- Made by snowplow-batch-engine from view batch_ecommerce_attributes, version 1. Change the view, not this file.
{#- What the other macros know of this project. -#}

{% macro signals_identifier() -%}
  {{ return('domain_userid') }}
{%- endmacro %}

{% macro signals_counts_rows() -%}
  {#- Whether the engine knows how many rows the events table has without reading it. -#}
  {{ return(var('signals__run', {}).get('counts_rows', true)) }}
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
