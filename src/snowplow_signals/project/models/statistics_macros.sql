{#- The statistics of publications: the columns of their table, and how far publications are apart. -#}

{% macro signals_statistics_columns() -%}
  {#- Name and type of each. -#}
  {{ return([
      $columns
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
      $zeros
  ]) }}
{%- endmacro %}

{% macro signals_measures() -%}
  {#- Those that are null where there is no value. -#}
  {{ return([
      $measures
  ]) }}
{%- endmacro %}

{% macro signals_share(number, of, bins) -%}
  {#- The share of the values in a bin. Half a value more in each keeps an empty one from being infinitely far. -#}
  cast({{ number }} + 0.5 as $number) / ({{ of }} + 0.5 * {{ bins | length + 1 }})
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
