{% macro signals_items(columns, column) -%}
  {#- The list that a column holds and the type of its elements; none when it can hold none. -#}
  {%- set leaf = signals_leaf(columns, column, []) -%}
  {%- if leaf == 'text' -%}{{ return({'sql': 'as_array(try_parse_json(' ~ column ~ '))', 'type': 'VARIANT'}) }}{%- endif -%}
  {%- if leaf == 'json' -%}{{ return({'sql': 'as_array(to_variant(' ~ column ~ '))', 'type': 'VARIANT'}) }}{%- endif -%}
  {{ return(none) }}
{%- endmacro %}
