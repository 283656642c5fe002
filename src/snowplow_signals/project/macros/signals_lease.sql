{#- The lease of the one writer, where no connection can hold a lock: a row that says whose it is, and until when.

    Of two runs that change that row at once one wins, and each asks afterwards whose it is:
    BigQuery: of statements that change the same partition at once one fails, and is tried again on what the other left
    (https://cloud.google.com/bigquery/docs/data-manipulation-language#dml_statement_conflicts).
    Delta Lake: UPDATE and MERGE of the same files conflict at both levels of isolation, and the later one fails
    (https://docs.delta.io/latest/concurrency-control.html,
    https://docs.databricks.com/aws/en/optimizations/isolation/isolation-levels).
    Snowflake: UPDATE and MERGE lock what they change until they are committed, and a statement sees what was committed before it
    began (https://docs.snowflake.com/en/sql-reference/transactions). -#}

{% macro signals_lease(project) -%}
  {#- In the definition table's schema, with a matching name; our command line renews it under the same name. -#}
  {%- set definition = signals_own(project ~ '_definition', project) -%}
  {{ return(definition.incorporate(path={'identifier': definition.identifier.removesuffix('_definition') ~ '_lease'})) }}
{%- endmacro %}

{% macro signals_lease_seconds() -%}
  {#- Our `run` renews it every minute. A plain `dbt build` renews it with each model, which may take a long time. -#}
  {{ return(300 if signals_run().has_lease else 3600) }}
{%- endmacro %}

{% macro signals_begins_a_run() -%}
  {#- Whether this is one of the models that our `run` starts with. -#}
  {{ return(signals_step() in ('definition', 'base_new_event_limits')) }}
{%- endmacro %}

{% macro signals_claims_now() -%}
  {#- Whether this model must take or renew the lease: the first model of our `run`, and every model of a plain build. -#}
  {%- if not signals_run().has_lease -%}{{ return(true) }}{%- endif -%}
  {{ return(signals_begins_a_run() and not signals_was_built('definition')) }}
{%- endmacro %}

{% macro signals_take_lease() -%}
  {#- Takes or renews the lease before a run writes anything; stops when another run holds it. -#}
  {%- set lease = signals_lease(model.package_name) -%}
  {%- if load_cached_relation(lease) is none -%}
    {%- do run_query(signals_create_lease(lease)) -%}
    {%- do adapter.cache_added(lease.incorporate(type='table', dbt_created=true)) -%}
  {%- endif -%}
  {%- do signals_keep_lease(lease) -%}
{%- endmacro %}

{% macro signals_keep_lease(lease) -%}
  {%- set me = signals_run().run_id -%}
  {%- set seconds = signals_lease_seconds() -%}
  {%- set chunks = signals_table_of('chunk_manifest') -%}
  {%- set asked -%}
    select
        holder,
        case when until > {{ signals_clock() }} then 1 else 0 end,
        case when until > {{ signals_later(seconds // 2) }} then 1 else 0 end,
        {{ signals_text('until', 'time') }},
        {{ '0' if chunks is none else '(select count(*) from ' ~ chunks ~ ' where not is_stored)' }}
    from {{ lease }}
  {%- endset -%}
  {#- our run begins by taking it; a table that is missing may be about to be created by another run -#}
  {%- set found = [] if signals_run().has_lease and not signals_makes_tables() else signals_rows(asked) -%}
  {%- if found and found[0][0] != me and found[0][3] > signals_run().planned_at and signals_makes_tables() -%}
    {#- tables that dbt did not find when it started may have been created since #}
    {%- do signals_is_busy() -%}
  {%- endif -%}
  {%- if not found or (found[0][0] == me and not found[0][2]) or (found[0][0] != me and not found[0][1]) -%}
    {%- set taking -%}
      merge into {{ lease }} as stored
      using (
          select
              1 as one, '{{ me }}' as holder, {{ signals_clock() }} as taken_at, {{ signals_later(seconds) }} as until
      ) as given
      on stored.one = given.one
      when matched and (stored.holder = given.holder or stored.until <= given.taken_at) then update set
          holder = given.holder,
          until = given.until
      when not matched then insert (one, holder, until) values (given.one, given.holder, given.until)
    {%- endset -%}
    {%- do run_query(taking) -%}
    {%- if signals_run().has_lease and signals_step() == 'definition' and chunks is not none and not flags.FULL_REFRESH -%}
      {#- asked together with what this model asks first, before it writes anything; see signals_check_definition -#}
      {%- set unstored = '(select count(*) from ' ~ chunks ~ ' where not is_stored)' -%}
      {%- do graph.update({'signals_lease_asked': [invocation_id, "select 'signals lease' as part, holder as difference, "
          ~ signals_text('until', 'time') ~ ' as stored_fingerprint, ' ~ signals_text(unstored)
          ~ ' as wanted_fingerprint from ' ~ lease]}) -%}
      {{ return('') }}
    {%- endif -%}
    {%- set found = signals_rows(asked) -%}
  {%- endif -%}
  {%- do signals_check_lease(found[0][0], found[0][3], found[0][4]) -%}
{%- endmacro %}

{% macro signals_makes_tables() -%}
  {#- Whether some table of this project, other than a cache, does not exist yet. -#}
  {%- for phase in signals_phases() -%}
    {%- for name in phase if name != 'entity_history' and signals_node(name) is not none and signals_table_of(name) is none -%}
      {{ return(true) }}
    {%- endfor -%}
  {%- endfor -%}
  {{ return(false) }}
{%- endmacro %}

{% macro signals_release(project) -%}
  {#- Releases the lease at the end of a plain `dbt build`. A build that is killed skips this; its lease expires. -#}
  {%- if execute and not signals_run().has_lease -%}
    {%- set lease = signals_lease(project) -%}
    {%- if load_cached_relation(lease) is not none -%}
  update {{ lease }} set until = {{ signals_clock() }} where holder = '{{ signals_run().run_id }}'
    {%- endif -%}
  {%- endif -%}
{%- endmacro %}
