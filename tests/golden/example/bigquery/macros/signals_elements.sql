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

{% macro signals_values_of_each(items, value) -%}
  {#- The values that are not missing, in the order of the elements. -#}
  (select array_agg({{ value }} ignore nulls order by place) from unnest({{ items }}) as one with offset as place)
{%- endmacro %}

{% macro signals_joined(values, more) -%}
  array_concat(ifnull({{ values }}, []), ifnull({{ more }}, []))
{%- endmacro %}

{% macro signals_reduced(values, reduction, kind) -%}
  {%- if reduction == 'sum' and kind == 'number' -%}
  (select sum(case when abs(given) < 1e290 then given else sign(given) * cast('inf' as float64) end) from unnest({{ values }}) as given)
  {%- endif -%}
{%- endmacro %}

{% macro signals_no_elements(reduction, kind) -%}
  {#- The events table has no list of such entities. -#}
  {%- if reduction == 'sum' and kind == 'number' -%}
  cast(null as float64)
  {%- endif -%}
{%- endmacro %}
