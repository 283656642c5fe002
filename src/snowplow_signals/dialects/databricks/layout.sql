
{% macro signals_layout(settings) -%}
  {#- Clusters need statistics, and Delta keeps them of the first 32 columns unless it is told which
      (https://docs.databricks.com/en/delta/data-skipping.html). -#}
  {%- set by = settings.get('liquid_clustered_by') %}
  {%- if by %}
  cluster by ({{ by | join(', ') }})
  {%- endif %}
  {{ signals_table_properties(settings, {'delta.dataSkippingStatsColumns': by | join(', ')} if by else {}) }}
{%- endmacro %}
