{#- How a model becomes a table. dbt's own ways build every table beside the old one, look at its columns and rename it;
    these write it in place, in one transaction with the hooks, and ask the database nothing. -#}

{% materialization signals_table, default %}
  {#- Replaced as a whole. -#}
  {%- set reason = signals_reason_to_wait() -%}
  {%- if reason -%}{{ return(signals_write_nothing(reason)) }}{%- endif -%}
  {{ return(signals_write([signals_create_table(this, sql)], is_new=true)) }}
{% endmaterialization %}

{% materialization signals_append, default %}
  {#- Made by the first run; rows are added by every other one. A full refresh drops it elsewhere: see signals_definition.
      A table whose columns are others now is replaced as a whole: its query then gives all rows. -#}
  {%- set reason = signals_reason_to_wait() -%}
  {%- if reason -%}{{ return(signals_write_nothing(reason)) }}{%- endif -%}
  {%- if signals_is_replaced() -%}
    {{ return(signals_write([signals_create_table(this, sql)], is_new=true)) }}
  {%- endif -%}
  {{ return(signals_write([signals_insert(this, sql)])) }}
{% endmaterialization %}

{% materialization signals_upsert, default %}
  {#- As signals_append, but a row takes the place of the one with its `unique_key`. -#}
  {%- set reason = signals_reason_to_wait() -%}
  {%- if reason -%}{{ return(signals_write_nothing(reason)) }}{%- endif -%}
  {%- if not signals_is_stored() -%}
    {{ return(signals_write([signals_create_table(this, sql)], is_new=true)) }}
  {%- endif -%}
  {{ return(signals_write(signals_replace_rows(this, config.require('unique_key'), sql))) }}
{% endmaterialization %}

{% macro signals_is_replaced() -%}
  {#- Whether the table of this model is made anew: it is not there, it has other columns, or the table that it is worth
      nothing without (config `whole_without`) is not there. -#}
  {%- if not signals_is_stored() or not signals_has_its_columns() or signals_is_made_anew() -%}{{ return(true) }}{%- endif -%}
  {%- set needed = config.get('whole_without') -%}
  {{ return(needed is not none and signals_table_of(needed) is none) }}
{%- endmacro %}

{% macro signals_is_made_anew() -%}
  {#- Whether this model found, in this invocation, that what its table says does not hold any more. -#}
  {{ return(graph.get('signals_made_anew') == [model.unique_id, invocation_id]) }}
{%- endmacro %}

{% macro signals_has_its_columns() -%}
  {#- Whether the table of this model, which is there, has the columns that the model `names`. -#}
  {%- set names = config.get('names') -%}
  {{ return(names is none or signals_has_columns(this, names)) }}
{%- endmacro %}

{% macro signals_is_stored() -%}
  {#- Whether the table of this model is there. -#}
  {{ return(execute and load_cached_relation(this) is not none) }}
{%- endmacro %}

{% macro signals_write(statements, is_new=false) -%}
  {%- set written = this.incorporate(type='table') -%}
  {{ run_hooks(pre_hooks, inside_transaction=false) }}
  {%- do signals_begin(statements) -%}
  {{ run_hooks(pre_hooks, inside_transaction=true) }}
  {%- for text in statements -%}
    {%- call statement('main' if loop.last else none) -%}
      {{ text }}
    {%- endcall -%}
  {%- endfor -%}
  {%- do signals_look_at(written, load_result('main')['response'], is_new) -%}
  {{ run_hooks(post_hooks, inside_transaction=true) }}
  {%- do signals_commit(statements) -%}
  {%- do apply_grants(written, config.get('grants'), should_revoke=not is_new) -%}
  {%- do persist_docs(written, model) -%}
  {%- do adapter.commit() -%}
  {{ run_hooks(post_hooks, inside_transaction=false) }}
  {%- do signals_note_built() -%}
  {{ return({'relations': [written]}) }}
{%- endmacro %}

{% macro signals_begin(statements) -%}
  {#- What begins the transaction of these statements and their hooks, where dbt does not. -#}
  {{ return(adapter.dispatch('signals_begin')(statements)) }}
{%- endmacro %}

{% macro default__signals_begin(statements) -%}{%- endmacro %}

{% macro signals_commit(statements) -%}
  {{ return(adapter.dispatch('signals_commit')(statements)) }}
{%- endmacro %}

{% macro default__signals_commit(statements) -%}{%- endmacro %}
