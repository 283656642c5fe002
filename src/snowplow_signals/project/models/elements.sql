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

$items

{% macro signals_values_of_each(items, value) -%}
  {#- The values that are not missing, in the order of the elements. -#}
  $values
{%- endmacro %}

{% macro signals_joined(values, more) -%}
  $joined
{%- endmacro %}

{% macro signals_reduced(values, reduction, kind) -%}
  $reduced
  {%- endif -%}
{%- endmacro %}

{% macro signals_no_elements(reduction, kind) -%}
  {#- The events table has no list of such entities. -#}
  $missing
  {%- endif -%}
{%- endmacro %}
