{% macro signals_items(columns, column) -%}
  {#- The list that a column holds and the type of its elements; none when it can hold none. -#}
  {%- set type = columns[column | lower] -%}
  {%- if type.startswith('ARRAY<') -%}{{ return({'sql': column, 'type': type[6:-1]}) }}{%- endif -%}
  {%- if type == 'JSON' -%}{{ return({'sql': 'json_query_array(' ~ column ~ ')', 'type': 'JSON'}) }}{%- endif -%}
  {%- if type.startswith('STRING') -%}
    {%- set held = 'safe.parse_json(' ~ column ~ ", wide_number_mode => 'round')" -%}
    {{ return({'sql': 'json_query_array(' ~ held ~ ')', 'type': 'JSON'}) }}
  {%- endif -%}
  {{ return(none) }}
{%- endmacro %}
