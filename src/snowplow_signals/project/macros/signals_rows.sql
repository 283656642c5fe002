{#- Deletes and updates in the syntax that most engines share; the others override them in signals_engine. They are also
    used as hooks, which `dbt clone` runs too, against a view of another target's table. -#}

{% macro signals_asked_once(query, built) -%}
  {#- The rows of a query over a table of this project, sent once per invocation while the table cannot change. `built`: the
      table's model. -#}
  {%- if not signals_is_as_built(built) -%}{{ return(signals_rows(query)) }}{%- endif -%}
  {%- set known = graph.setdefault('signals_asked', {}) -%}
  {%- set key = invocation_id ~ ' ' ~ query -%}
  {%- if key not in known -%}{%- do known.update({key: signals_rows(query)}) -%}{%- endif -%}
  {{ return(known[key]) }}
{%- endmacro %}

{% macro signals_in(columns, rows) -%}
  {#- Whether these columns equal those of any of the rows. -#}
  {{ adapter.dispatch('signals_in')(columns, rows) }}
{%- endmacro %}

{% macro default__signals_in(columns, rows) -%}
  {%- set names = columns | join(', ') -%}
  {{ '(' ~ names ~ ')' if columns | length > 1 else names }} in (select {{ names }} from {{ rows }})
{%- endmacro %}

{% macro signals_delete(relation, columns, rows, within=none) -%}
  {#- Deletes the rows whose columns equal those of any of `rows`; `within`: a condition that narrows the search. -#}
  {%- if signals_writes() -%}{{ adapter.dispatch('signals_delete')(relation, columns, rows, within) }}{%- endif -%}
{%- endmacro %}

{% macro default__signals_delete(relation, columns, rows, within) -%}
  delete from {{ relation }}
  where
      {{ within ~ ' and ' if within }}{{ signals_in(columns, rows) }}
{%- endmacro %}

{% macro signals_update(relation, rows, condition, changes) -%}
  {#- Updates `stored` rows of the relation from the `given` rows that meet the condition. -#}
  {%- if signals_writes() -%}{{ adapter.dispatch('signals_update')(relation, rows, condition, changes) }}{%- endif -%}
{%- endmacro %}

{% macro default__signals_update(relation, rows, condition, changes) -%}
  update {{ relation }} as stored
  set
  {%- for column, value in changes.items() %}
      {{ column }} = {{ value }}{{ ',' if not loop.last }}
  {%- endfor %}
  from {{ rows }} as given
  where {{ condition }}
{%- endmacro %}

{% macro signals_clear(relation) -%}
  {%- if signals_writes() -%}delete from {{ relation }} where true{%- endif -%}
{%- endmacro %}

{% macro signals_look_at(relation, response, is_new) -%}
  {#- After a write: updates the statistics that the engine's planner needs. -#}
  {{ adapter.dispatch('signals_look_at')(relation, response, is_new) }}
{%- endmacro %}

{% macro default__signals_look_at(relation, response, is_new) -%}
  {#- Most engines keep statistics as rows are written. -#}
{%- endmacro %}
