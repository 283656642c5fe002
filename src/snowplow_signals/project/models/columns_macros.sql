{% macro signals_columns() -%}
  {#- The columns of the tables to which rows are added: this engine does not find them by their names. -#}
  {{ return({
      $columns
  }) }}
{%- endmacro %}

{% macro signals_names() -%}
  {#- The columns that this model's rows come into. -#}
  {{ return(signals_columns()[signals_step()]) }}
{%- endmacro %}
