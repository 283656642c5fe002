{#- The views of a project that computes several: each is a part of the table of all attributes. -#}

{% materialization signals_view, default %}
  {#- Replaced by each run that is not idle, as dbt's own views are, but never through a table or another target. -#}
  {%- set reason = signals_reason_for_view_to_wait() -%}
  {%- if reason -%}{{ return(signals_write_nothing(reason)) }}{%- endif -%}
  {%- set existing = load_cached_relation(this) -%}
  {%- if existing is not none and existing.type | string | lower == 'table' -%}
    {%- do exceptions.raise_compiler_error(
        "Nothing was written: " ~ existing ~ " is a table, which a project of this view alone made, and "
        ~ model.package_name ~ " computes the view together with others. Stop running that project, and drop the table."
    ) -%}
  {%- endif -%}
  {%- set written = this.incorporate(type='view') -%}
  {{ run_hooks(pre_hooks, inside_transaction=false) }}
  {{ run_hooks(pre_hooks, inside_transaction=true) }}
  {%- call statement('main') -%}
    {{ signals_create_view(written, sql) }}
  {%- endcall -%}
  {{ run_hooks(post_hooks, inside_transaction=true) }}
  {%- do apply_grants(written, config.get('grants'), should_revoke=existing is not none) -%}
  {%- do persist_docs(written, model) -%}
  {%- do adapter.commit() -%}
  {{ run_hooks(post_hooks, inside_transaction=false) }}
  {%- do signals_note_built() -%}
  {{ return({'relations': [written]}) }}
{% endmaterialization %}

{% macro signals_reason_for_view_to_wait() -%}
  {#- Why the view of this model must not be replaced now; none if it may. -#}
  {%- do signals_write_own_only() -%}
  {%- do signals_stop_unless_there(['attributes', 'removed_entities']) -%}
  {%- set reason = signals_reason_to_hold_back('attributes') -%}
  {%- if reason or signals_was_built('attributes') -%}{{ return(reason) }}{%- endif -%}
  {%- set columns = adapter.get_columns_in_relation(signals_table_of('attributes')) | map(attribute='name') | map('lower') | list -%}
  {%- set lacking = signals_lacks(columns, config.require('reads')) -%}
  {{ return(none if lacking is none else 'attributes does not have column ' ~ lacking ~ ' yet') }}
{%- endmacro %}

{% macro signals_lacks(columns, names) -%}
  {#- The first of these names that is not among the columns; none if all are. -#}
  {{ return(names | reject('in', columns) | list | first | default(none)) }}
{%- endmacro %}

{% macro signals_create_view(relation, query) -%}
  {{ adapter.dispatch('signals_create_view')(relation, query) }}
{%- endmacro %}

{% macro default__signals_create_view(relation, query) -%}
  create or replace view {{ relation }} as
  {{ query }}
{%- endmacro %}

{% macro postgres__signals_create_view(relation, query) -%}
  {#- A view can be replaced by one that has more columns at its end; otherwise it has to go first. -#}
  {%- set quote = '$signals_' ~ local_md5(query) ~ '$' -%}
  do {{ quote }}
  begin
      create or replace view {{ relation }} as
      {{ query }};
  exception when invalid_table_definition then
      begin
          drop view {{ relation }};
      exception when dependent_objects_still_exist then
          raise exception '{{ relation | replace("'", "''") }} gets other columns, and views read it. Drop these views,'
              ' run again, and create them again.';
      end;
      create view {{ relation }} as
      {{ query }};
  end
  {{ quote }}
{%- endmacro %}
