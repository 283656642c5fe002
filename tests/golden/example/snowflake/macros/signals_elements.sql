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
  {%- set leaf = signals_leaf(columns, column, []) -%}
  {%- if leaf == 'text' -%}{{ return({'sql': 'as_array(try_parse_json(' ~ column ~ '))', 'type': 'VARIANT'}) }}{%- endif -%}
  {%- if leaf == 'json' -%}{{ return({'sql': 'as_array(to_variant(' ~ column ~ '))', 'type': 'VARIANT'}) }}{%- endif -%}
  {{ return(none) }}
{%- endmacro %}

{% macro signals_values_of_each(items, value) -%}
  {#- The values that are not missing, in the order of the elements. -#}
  array_compact(transform({{ items }}, one -> {{ value }}))
{%- endmacro %}

{% macro signals_joined(values, more) -%}
  array_cat(coalesce({{ values }}, array_construct()), coalesce({{ more }}, array_construct()))
{%- endmacro %}

{% macro signals_reduced(values, reduction, kind) -%}
  {%- if reduction == 'sum' and kind == 'number' -%}
  reduce({{ values }}, cast(null as double), (total, given) -> coalesce(total + case when abs(cast(given as double)) >= 1e290 then to_double('inf') else cast(given as double) end, total, case when abs(cast(given as double)) >= 1e290 then to_double('inf') else cast(given as double) end))
  {%- endif -%}
{%- endmacro %}

{% macro signals_no_elements(reduction, kind) -%}
  {#- The events table has no list of such entities. -#}
  {%- if reduction == 'sum' and kind == 'number' -%}
  cast(null as double)
  {%- endif -%}
{%- endmacro %}
