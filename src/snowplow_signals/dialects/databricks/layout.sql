
{% macro signals_layout() -%}
  {#- Clusters need statistics, and Delta keeps them of the first 32 columns unless it is said of which
      (https://docs.databricks.com/en/delta/data-skipping.html). -#}
  {{ liquid_clustered_cols() }}
  {%- if config.get('liquid_clustered_by') %}
  tblproperties ('delta.dataSkippingStatsColumns' = '{{ config.get('liquid_clustered_by') | join(', ') }}')
  {%- endif %}
{%- endmacro %}
