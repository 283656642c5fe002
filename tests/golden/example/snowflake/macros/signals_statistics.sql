-- Made by snowplow-batch-engine from view batch_ecommerce_attributes, version 1. Change the view, not this file.
{#- The statistics of publications: the columns of their table, and how far publications are apart. -#}

{% macro signals_statistics_columns() -%}
  {#- Name and type of each. -#}
  {{ return([
      ('statistic', 'varchar'), ('view_name', 'varchar'), ('attribute', 'varchar'), ('type', 'varchar'),
      ('run_id', 'varchar'), ('chunk', 'bigint'), ('planned_at', 'timestamp_ntz'), ('as_of', 'date'),
      ('changed_at', 'timestamp_ntz'), ('pinned_at', 'timestamp_ntz'), ('baseline_run_id', 'varchar'),
      ('baseline_chunk', 'bigint'), ('entities', 'bigint'), ('null_values', 'bigint'),
      ('defaults', 'bigint'), ('distinct_values', 'bigint'), ('smallest', 'double'), ('p01', 'double'),
      ('p05', 'double'), ('p25', 'double'), ('p50', 'double'), ('p75', 'double'), ('p95', 'double'),
      ('p99', 'double'), ('largest', 'double'), ('mean', 'double'), ('deviation', 'double'),
      ('value_1', 'varchar'), ('value_2', 'varchar'), ('value_3', 'varchar'), ('value_4', 'varchar'),
      ('value_5', 'varchar'), ('value_6', 'varchar'), ('value_7', 'varchar'), ('value_8', 'varchar'),
      ('value_9', 'varchar'), ('value_10', 'varchar'), ('count_1', 'bigint'), ('count_2', 'bigint'),
      ('count_3', 'bigint'), ('count_4', 'bigint'), ('count_5', 'bigint'), ('count_6', 'bigint'),
      ('count_7', 'bigint'), ('count_8', 'bigint'), ('count_9', 'bigint'), ('count_10', 'bigint'),
      ('edge_1', 'double'), ('edge_2', 'double'), ('edge_3', 'double'), ('edge_4', 'double'),
      ('edge_5', 'double'), ('edge_6', 'double'), ('edge_7', 'double'), ('edge_8', 'double'),
      ('edge_9', 'double'), ('bin_1', 'bigint'), ('bin_2', 'bigint'), ('bin_3', 'bigint'),
      ('bin_4', 'bigint'), ('bin_5', 'bigint'), ('bin_6', 'bigint'), ('bin_7', 'bigint'),
      ('bin_8', 'bigint'), ('bin_9', 'bigint'), ('bin_10', 'bigint'), ('bin_11', 'bigint'),
      ('pinned_1', 'bigint'), ('pinned_2', 'bigint'), ('pinned_3', 'bigint'), ('pinned_4', 'bigint'),
      ('pinned_5', 'bigint'), ('pinned_6', 'bigint'), ('pinned_7', 'bigint'), ('pinned_8', 'bigint'),
      ('pinned_9', 'bigint'), ('pinned_10', 'bigint'), ('pinned_11', 'bigint'), ('day', 'date'),
      ('day_active', 'bigint'), ('day_events', 'bigint'), ('day_entities', 'bigint'),
      ('day_amount', 'double'), ('psi_baseline', 'double'), ('psi_before', 'double')
  ]) }}
{%- endmacro %}

{% macro signals_described(published, changes, names) -%}
  {#- What is described: what was published. Before that `run --fail-on-quality` asks what would be, and writes nothing. -#}
  {%- if not var('signals__run', {}).get('is_candidate') -%}{{ return(published) }}{%- endif -%}
  {%- set key, columns = signals_identifier(), names | join(', ') -%}
  {%- set rows -%}
  (
      select {{ columns }} from {{ changes }} where change in ('new', 'changed', 'same')
      {%- if signals_rows('select 1 from ' ~ changes ~ " where change = 'partial'") %}

      union all

      select stored.{{ names | join(', stored.') }}
      from {{ published }} as stored
      left join {{ changes }} as given on given.{{ key }} = stored.{{ key }}
      where given.{{ key }} is null
      {%- endif %}
  )
  {%- endset -%}
  {{ return(rows) }}
{%- endmacro %}

{% macro signals_statistics_counts() -%}
  {#- Those that are zero where there is no entity. -#}
  {{ return([
      'entities', 'null_values', 'defaults', 'distinct_values', 'bin_1', 'bin_2', 'bin_3', 'bin_4',
      'bin_5', 'bin_6', 'bin_7', 'bin_8', 'bin_9', 'bin_10', 'bin_11', 'pinned_1', 'pinned_2', 'pinned_3',
      'pinned_4', 'pinned_5', 'pinned_6', 'pinned_7', 'pinned_8', 'pinned_9', 'pinned_10', 'pinned_11'
  ]) }}
{%- endmacro %}

{% macro signals_measures() -%}
  {#- Those that are null where there is no value. -#}
  {{ return([
      'smallest', 'p01', 'p05', 'p25', 'p50', 'p75', 'p95', 'p99', 'largest', 'mean', 'deviation',
      'value_1', 'value_2', 'value_3', 'value_4', 'value_5', 'value_6', 'value_7', 'value_8', 'value_9',
      'value_10', 'count_1', 'count_2', 'count_3', 'count_4', 'count_5', 'count_6', 'count_7', 'count_8',
      'count_9', 'count_10', 'edge_1', 'edge_2', 'edge_3', 'edge_4', 'edge_5', 'edge_6', 'edge_7',
      'edge_8', 'edge_9'
  ]) }}
{%- endmacro %}

{% macro signals_share(number, of, bins) -%}
  {#- The share of the values in a bin. Half a value more in each keeps an empty one from being infinitely far. -#}
  cast({{ number }} + 0.5 as double) / ({{ of }} + 0.5 * {{ bins | length + 1 }})
{%- endmacro %}

{% macro signals_psi(other, bins) -%}
  {#- The population stability index: how far the shares of the values in bins are from others. -#}
  {%- for bin in bins | list + ['nulls'] %}
    {{ '+ ' if not loop.first }}(now_{{ bin }} - {{ other }}_{{ bin }}) * ln(now_{{ bin }} / {{ other }}_{{ bin }})
  {%- endfor -%}
{%- endmacro %}

{% macro signals_day_before(day) -%}
  {{ return((modules.datetime.date.fromisoformat(day) - modules.datetime.timedelta(days=1)).isoformat()) }}
{%- endmacro %}
