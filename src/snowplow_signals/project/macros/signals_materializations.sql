{#- How a model becomes a table. dbt's own materializations build every table beside the old one, compare their columns and
    rename it. These write in place, in one transaction with the hooks, and query no catalogue. -#}

{% materialization signals_table, default %}
  {#- Replaced as a whole. -#}
  {%- set reason = signals_reason_to_wait() -%}
  {%- if reason -%}{{ return(signals_write_nothing(reason)) }}{%- endif -%}
  {{ return(signals_write([signals_create_table(this, sql)], is_new=true)) }}
{% endmaterialization %}

{% materialization signals_append, default %}
  {#- Created by the first run; every later run adds rows. A full refresh drops the table: see signals_definition. A table
      whose columns have changed is replaced as a whole; its query then returns all rows. -#}
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
  {#- Whether this model's table is rebuilt: because it does not exist, because its columns have changed, or because the
      table that it depends on (config `whole_without`) does not exist. -#}
  {%- if not signals_is_stored() or not signals_has_its_columns() or signals_is_made_anew() -%}{{ return(true) }}{%- endif -%}
  {%- set needed = config.get('whole_without') -%}
  {{ return(needed is not none and signals_table_of(needed) is none) }}
{%- endmacro %}

{% macro signals_is_made_anew() -%}
  {#- Whether this model found, in this invocation, that its table is no longer valid. -#}
  {{ return(graph.get('signals_made_anew') == [model.unique_id, invocation_id]) }}
{%- endmacro %}

{% macro signals_has_its_columns() -%}
  {#- Whether this model's existing table has the columns in its config `names`. -#}
  {%- set names = config.get('names') -%}
  {{ return(names is none or signals_has_columns(this, names)) }}
{%- endmacro %}

{% macro signals_is_stored() -%}
  {#- Whether this model's table exists. -#}
  {{ return(execute and load_cached_relation(this) is not none) }}
{%- endmacro %}

{% macro signals_skip() -%}
  {#- Called by a model that finds that it has nothing to write; its hooks are not run either. -#}
  {%- if execute -%}
    {%- do graph.setdefault('signals_skipped', {}).update({model.unique_id: invocation_id}) -%}
  {%- endif -%}
{%- endmacro %}

{% macro signals_write(statements, is_new=false) -%}
  {%- if graph.get('signals_skipped', {}).get(model.unique_id) == invocation_id -%}
    {{ return(signals_nothing_to_write()) }}
  {%- endif -%}
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

{% macro signals_nothing_to_write() -%}
  {#- Grants and descriptions may have changed all the same. -#}
  {%- do signals_note_built() -%}
  {%- set grants = config.get('grants') -%}
  {%- set is_asked = grants or config.persist_relation_docs() or config.persist_column_docs() -%}
  {%- set has_changed = graph.get('signals_changed', {}).get(model.unique_id) == invocation_id -%}
  {%- if signals_is_stored() and (is_asked or has_changed) -%}
    {%- call statement('main') -%}
      select 1 as one
    {%- endcall -%}
    {%- do apply_grants(this.incorporate(type='table'), grants, should_revoke=true) -%}
    {%- do persist_docs(this.incorporate(type='table'), model) -%}
    {%- do adapter.commit() -%}
  {%- else -%}
    {%- call noop_statement('main', 'NOTHING TO DO', code='NOTHING TO DO', rows_affected=0) -%}
    {%- endcall -%}
  {%- endif -%}
  {{ return({'relations': []}) }}
{%- endmacro %}

{% macro signals_begin(statements) -%}
  {#- Begins the transaction of these statements and their hooks, on engines where dbt does not. -#}
  {{ return(adapter.dispatch('signals_begin')(statements)) }}
{%- endmacro %}

{% macro default__signals_begin(statements) -%}{%- endmacro %}

{% macro signals_commit(statements) -%}
  {{ return(adapter.dispatch('signals_commit')(statements)) }}
{%- endmacro %}

{% macro default__signals_commit(statements) -%}{%- endmacro %}
