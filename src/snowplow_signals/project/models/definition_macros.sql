{#- What the tables of this project are built from. -#}

{% macro signals_parts(columns) -%}
  {#- A query of it, part by part; `columns` are those of the events table. -#}
  $parts
  {%- set bound = signals_setting('snowplow__duplicate_lookback_days') %}
  {%- if bound >= 0 %}
  union all
  select 'snowplow__duplicate_lookback_days' as part, '{{ bound }}' as fingerprint
  {%- endif %}
{%- endmacro %}

{% macro signals_read_as_text() -%}
  {#- The properties whose text is stored, which must not depend on the type of their column at the time. -#}
  {{ return([
      $as_text
  ]) }}
{%- endmacro %}
