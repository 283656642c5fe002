{% macro signals_items(columns, column) -%}
  {#- The list that a column holds and the type of its elements; none when it can hold none. A scalar of jsonb has no
      elements, and asking for them ends the statement. -#}
  {%- set type = modules.re.sub('\\(.*?\\)', '', columns[column | lower]) -%}
  {%- if type == 'jsonb' -%}
    {{ return({'sql': 'case when jsonb_typeof(' ~ column ~ ") = 'array' then " ~ column ~ ' end', 'type': 'jsonb'}) }}
  {%- endif -%}
  {%- if type in ('ARRAY', 'USER-DEFINED') -%}
    {%- set held = 'to_jsonb(' ~ column ~ ')' -%}
  {%- elif type in ('json', 'text', 'character varying', 'character') -%}
    {%- if execute -%}{%- do run_query(signals_create_to_jsonb()) -%}{%- endif -%}
    {%- set held = 'pg_temp.text_to_jsonb(cast(' ~ column ~ ' as text))' -%}
  {%- else -%}
    {{ return(none) }}
  {%- endif -%}
  {{ return({
      'sql': "(select case when jsonb_typeof(held) = 'array' then held end from (select " ~ held ~ ' as held) as given)',
      'type': 'jsonb'
  }) }}
{%- endmacro %}
