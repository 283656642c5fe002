-- Made by snowplow-batch-engine from view batch_ecommerce_attributes, version 1. Change the view, not this file.
{#- What the other macros know of this project. -#}

{% macro signals_identifier() -%}
  {{ return('domain_userid') }}
{%- endmacro %}

{% macro signals_phases() -%}
  {#- The models of each phase, in the order in which they are built. -#}
  {{ return([
      [
          'definition',
          'base_new_event_limits',
          'base_events_this_run',
          'chunk_manifest',
          'daily_aggregation_manifest',
          'entity_day_manifest',
          'filtered_events',
          'incremental_manifest'
      ],
      [
          'definition',
          'days_out_of_date',
          'days_to_process',
          'entity_days_to_process',
          'entity_manifest',
          'daily_aggregates',
          'attributes_this_run',
          'removed_entities',
          'attributes',
          'publication_manifest',
          'run_history'
      ]
  ]) }}
{%- endmacro %}

{% macro signals_variables() -%}
  {#- The variables that can be set, older names included. -#}
  {{ return([
      'snowplow__start_date',
      'snowplow__app_id',
      'snowplow__backfill_limit_days',
      'snowplow__late_event_lookback_days',
      'snowplow__min_late_events_to_process',
      'snowplow__load_lookback_days',
      'snowplow__allow_refresh',
      'snowplow__dev_target_name',
      'snowplow__atomic_schema',
      'snowplow__database',
      'snowplow__databricks_catalog',
      'snowplow__events_table',
      'snowplow__include_current_day_in_windows',
      'snowplow__as_of_date',
      'snowplow__reprocess_days',
      'snowplow__min_rows_to_process'
  ]) }}
{%- endmacro %}
