-- Made by snowplow-batch-engine from view batch_ecommerce_attributes, version 1. Change the view, not this file.
{#- Reading every element of a list of entities. In expressions an element is called `one`. -#}

{% macro signals_of_elements(columns, read_as, kind, reduction, column, typed, path, json, around=['', '']) -%}
  {#- What is kept of the values of all elements. `around`: what is made of a value, in pieces between which it stands. Columns
      of other versions of the schema hold more elements. -#}
  {%- set values = namespace(sql=none) -%}
  {%- for name in signals_versions(columns, column) -%}
    {%- set items = signals_items(columns, name) -%}
    {%- if items is not none -%}
      {%- set found = signals_found({'one': items.type}, 'one', typed, path, json)[0] -%}
      {%- set value = around | join(signals_convert(found.sql, found.leaf, read_as) | trim) -%}
      {%- set of_column = signals_values_of_each(items.sql, value) | trim -%}
      {%- set values.sql = of_column if values.sql is none else signals_joined(values.sql, of_column) | trim -%}
    {%- endif -%}
  {%- endfor -%}
  {{ signals_reduced(values.sql, reduction, kind) if values.sql is not none else signals_no_elements(reduction, kind) }}
{%- endmacro %}

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

{% macro signals_values_of_each(items, value) -%}
  {#- The values that are not missing, in the order of the elements. -#}
  array(select value from (select {{ value }} as value, place from jsonb_array_elements({{ items }}) with ordinality as listed (one, place)) as elements where value is not null order by place)
{%- endmacro %}

{% macro signals_joined(values, more) -%}
  ({{ values }} || {{ more }})
{%- endmacro %}

{% macro signals_reduced(values, reduction, kind) -%}
  {%- if reduction == 'sum' and kind == 'number' -%}
  (select sum(case when abs(given) < 1e290 then given else given * cast('Infinity' as double precision) end) from unnest({{ values }}) as given)
  {%- endif -%}
{%- endmacro %}

{% macro signals_no_elements(reduction, kind) -%}
  {#- The events table has no list of such entities. -#}
  {%- if reduction == 'sum' and kind == 'number' -%}
  cast(null as double precision)
  {%- endif -%}
{%- endmacro %}
