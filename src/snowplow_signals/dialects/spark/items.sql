{% macro signals_items(columns, column) -%}
  {#- The list that a column holds and the type of its elements; none when it can hold none. -#}
  {%- set type = signals_reached(columns, column, []).type -%}
  {%- if type.startswith('array<') -%}{{ return({'sql': column, 'type': type[6:-1]}) }}{%- endif -%}
  {%- if modules.re.fullmatch('string|variant|(var)?char\\([0-9]+\\)', type) -%}
    {%- set held = 'to_json(' ~ column ~ ')' if type == 'variant' else column -%}
    {{ return({'sql': 'from_json(' ~ held ~ ", 'array<string>')", 'type': 'string'}) }}
  {%- endif -%}
  {{ return(none) }}
{%- endmacro %}
