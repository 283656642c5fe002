
{% macro signals_layout(settings) -%}
  {%- set by = settings.get('partition_by') %}
  {{ 'partitioned by (' ~ ([by] if by is string else by) | join(', ') ~ ')' if by }}
  {{ signals_table_properties(settings) }}
{%- endmacro %}
