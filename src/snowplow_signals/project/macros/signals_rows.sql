{#- Rows of a table that change, as most engines say it; the others say it in signals_engine. These are also hooks, which
    `dbt clone` sends as well: to a view of another target's table. -#}

{% macro signals_asked_once(query, built) -%}
  {#- The rows of a query about a table of this project, asked once where it stays as it is. `built`: its model. -#}
  {%- if not signals_is_as_built(built) -%}{{ return(signals_rows(query)) }}{%- endif -%}
  {%- set known = graph.setdefault('signals_asked', {}) -%}
  {%- set key = invocation_id ~ ' ' ~ query -%}
  {%- if key not in known -%}{%- do known.update({key: signals_rows(query)}) -%}{%- endif -%}
  {{ return(known[key]) }}
{%- endmacro %}

{% macro signals_in(columns, rows) -%}
  {#- Whether these columns are those of one of the rows. -#}
  {{ adapter.dispatch('signals_in')(columns, rows) }}
{%- endmacro %}

{% macro default__signals_in(columns, rows) -%}
  {%- set names = columns | join(', ') -%}
  {{ '(' ~ names ~ ')' if columns | length > 1 else names }} in (select {{ names }} from {{ rows }})
{%- endmacro %}

{% macro signals_delete(relation, columns, rows, within=none) -%}
  {#- The rows whose columns are those of one of `rows`; `within`: what is known of them, so that few are looked at. -#}
  {%- if signals_writes() -%}{{ adapter.dispatch('signals_delete')(relation, columns, rows, within) }}{%- endif -%}
{%- endmacro %}

{% macro default__signals_delete(relation, columns, rows, within) -%}
  delete from {{ relation }}
  where
      {{ within ~ ' and ' if within }}{{ signals_in(columns, rows) }}
{%- endmacro %}

{% macro signals_update(relation, rows, condition, changes) -%}
  {#- Changes `stored` rows of the relation, each by the `given` row that meets the condition. -#}
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
  {#- After a write: the statistics that the engine needs to plan well. -#}
  {{ adapter.dispatch('signals_look_at')(relation, response, is_new) }}
{%- endmacro %}

{% macro default__signals_look_at(relation, response, is_new) -%}
  {#- Statistics are kept as rows come in. -#}
{%- endmacro %}
