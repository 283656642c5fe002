
{% macro signals_layout() -%}
  {{ partition_cols(label='partitioned by') }}
{%- endmacro %}
