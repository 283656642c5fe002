{#- What the other macros know of this project. -#}

{% macro signals_identifier() -%}
  {{ return('$identifier') }}
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
