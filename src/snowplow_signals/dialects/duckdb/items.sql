{% macro signals_items(columns, column) -%}
  {#- The list that a column holds and the type of its elements; none when it can hold none. -#}
  {%- set type = columns[column | lower] -%}
  {%- if type.endswith(']') -%}
    {{ return({'sql': column, 'type': modules.re.sub('\\[[0-9]*\\]$', '', type)}) }}
  {%- endif -%}
  {%- if type == 'JSON' -%}{{ return({'sql': 'json_extract(' ~ column ~ ", '$[*]')", 'type': 'JSON'}) }}{%- endif -%}
  {%- if type == 'VARCHAR' or type.startswith('character varying') -%}
    {{ return({'sql': 'json_extract(try_cast(' ~ column ~ " as json), '$[*]')", 'type': 'JSON'}) }}
  {%- endif -%}
  {{ return(none) }}
{%- endmacro %}
