
{% macro signals_layout(settings) -%}
  {#- Clusters need statistics, and Delta keeps them of the first 32 columns unless it is said of which
      (https://docs.databricks.com/en/delta/data-skipping.html). -#}
  {%- if settings.get('liquid_clustered_by') %}
  cluster by ({{ settings.get('liquid_clustered_by') | join(', ') }})
  tblproperties ('delta.dataSkippingStatsColumns' = '{{ settings.get('liquid_clustered_by') | join(', ') }}')
  {%- endif %}
{%- endmacro %}
