{#- How changes are recorded in the history of the attributes: what ends first, then what begins, in one transaction. -#}

{% macro signals_record(history, rows, names) -%}
  {#- Statements that record a query's rows: those of `names`, `valid_from` and `change`. Recorded ones are left as they are. -#}
  {%- set key = signals_identifier() -%}
  {%- set closing = signals_update(history, '(\n' ~ rows ~ '\n)',
      'stored.' ~ key ~ ' = given.' ~ key ~ ' and stored.valid_to is null and stored.valid_from < given.valid_from',
      {'valid_to': 'given.valid_from'}) -%}
  {%- set opening -%}
  insert into {{ history }} ({{ names | join(', ') }}, valid_from)
  select
      {%- for name in names %}
      given.{{ name }},
      {%- endfor %}
      given.valid_from
  from (
  {{ rows }}
  ) as given
  left join {{ history }} as stored on stored.{{ key }} = given.{{ key }} and stored.valid_to is null
  where stored.{{ key }} is null and given.change <> 'removed'
  {%- endset -%}
  {{ return([closing, opening]) }}
{%- endmacro %}

{% macro postgres__signals_types_of(relation) -%}
  {#- The catalogue that dbt asks calls every list an array. -#}
  {%- set found = {} -%}
  {%- set asked -%}
    select attname, format_type(atttypid, atttypmod)
    from pg_attribute
    where attnum > 0 and not attisdropped and attrelid = '{{ relation }}'::regclass
    order by attnum
  {%- endset -%}
  {%- for row in signals_rows(asked) -%}{%- do found.update({row[0]: row[1]}) -%}{%- endfor -%}
  {{ return(found) }}
{%- endmacro %}
