{#- What the other macros know of this project. -#}

{% macro signals_identifier() -%}
  {{ return('$identifier') }}
{%- endmacro %}

{% macro signals_counts_rows() -%}
  {#- Whether the engine knows how many rows the events table has without reading it. -#}
  {{ return(var('signals__run', {}).get('counts_rows', $counts_rows)) }}
{%- endmacro %}

{% macro signals_phases() -%}
  {#- The models of each phase, in the order in which they are built. -#}
  {{ return([
      $phases
  ]) }}
{%- endmacro %}

$columns
{% macro signals_variables() -%}
  {#- The variables that can be set, older names included: of which kind each is, and within which bounds. -#}
  {{ return({
      $variables
  }) }}
{%- endmacro %}
