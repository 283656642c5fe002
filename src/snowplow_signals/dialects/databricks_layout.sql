
{% macro signals_layout() -%}
  {{ liquid_clustered_cols() }}
{%- endmacro %}
