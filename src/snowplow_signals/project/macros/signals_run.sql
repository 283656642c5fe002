{#- The inputs of a run: the variables that users tune, and what our command line passes in `signals__run`. -#}

{% macro signals_start_date() -%}
  {{ return(signals_setting('snowplow__start_date') | string) }}
{%- endmacro %}

{% macro signals_app_ids() -%}
  {%- set ids = signals_setting('snowplow__app_id') or [] -%}
  {{ return(ids | unique(case_sensitive=true) | sort(case_sensitive=true) | list) }}
{%- endmacro %}

{% macro signals_run() -%}
  {#- The run's id, when it was planned and its `as_of`; determined once, by the first model, and stored. -#}
  {%- set given = var('signals__run', {}) -%}
  {%- set planned_at = given.get('planned_at') or run_started_at.strftime('%Y-%m-%d %H:%M:%S.%f') -%}
  {%- set as_of = given.get('as_of') or signals_setting('snowplow__as_of_date') or planned_at[:10] -%}
  {%- set limit_rows = signals_setting('snowplow__backfill_limit_rows') -%}
  {{ return({
      'run_id': given.get('run_id') or invocation_id,
      'planned_at': planned_at,
      'as_of': as_of | string,
      'limit_days': given.get('limit_days', signals_setting('snowplow__backfill_limit_days')),
      'limit_rows': given.get('limit_rows', -1 if limit_rows is none else limit_rows),
      'has_lease': given.get('has_lease', false),
      'narrow_since': given.get('narrow_since'),
  }) }}
{%- endmacro %}

{% macro signals_own(name, project=none) -%}
  {#- The relation of a model of this project in this target, as dbt resolves it: with the root project's macros and settings
      for databases, schemas and names, and regardless of --defer. None when there is no such model. -#}
  {%- set node = graph.nodes.get('model.' ~ (project or model.package_name) ~ '.' ~ name) -%}
  {%- if not node -%}{{ return(none) }}{%- endif -%}
  {{ return(api.Relation.create(database=node.database or none, schema=node.schema, identifier=node.alias)) }}
{%- endmacro %}

{% macro signals_state(name) -%}
  {#- A table of this project that is built after the model that asks; none while it does not exist. -#}
  {%- if not execute -%}{{ return(none) }}{%- endif -%}
  {%- set own = signals_own(name) -%}
  {{ return(none if own is none else load_cached_relation(own)) }}
{%- endmacro %}

{% macro signals_may_refresh() -%}
  {{ return(target.name == var('snowplow__dev_target_name', 'dev') or var('snowplow__allow_refresh', false)) }}
{%- endmacro %}

{% macro signals_rows(query) -%}
  {{ return(run_query(query).rows if execute else []) }}
{%- endmacro %}

{% macro signals_can_read(relation) -%}
  {#- Whether a table that this model queries during compilation exists. A model that is being built needs it; `dbt compile`,
      `dbt show` and `dbt docs` make do without. -#}
  {%- if not execute -%}{{ return(false) }}{%- endif -%}
  {%- if load_cached_relation(relation) is not none -%}{{ return(true) }}{%- endif -%}
  {%- if signals_writes() -%}{%- do signals_is_missing([relation.identifier]) -%}{%- endif -%}
  {{ return(false) }}
{%- endmacro %}

{% macro signals_writes() -%}
  {#- Whether this is a command that builds models. -#}
  {{ return(execute and flags.WHICH in ('run', 'build', 'retry')) }}
{%- endmacro %}

{% macro signals_plan_question() -%}
  {#- A query for a chunk number that was never used, not even by a chunk that was planned, so that rows of one chunk are never
      mistaken for another's; and for the hours from which the first one that is compared with the ledger follows. None
      before the first chunk. -#}
  {%- set ledger, numbers = signals_table_of('incremental_manifest'), [] -%}
  {%- for name in ['chunk_manifest', 'base_new_event_limits'] if signals_table_of(name) is not none -%}
    {%- do numbers.append('select chunk from ' ~ signals_table_of(name)) -%}
  {%- endfor -%}
  {%- if not numbers -%}{{ return(none) }}{%- endif -%}
  {%- set newest, widened = signals_text('null'), signals_text('null') -%}
  {%- if ledger is not none and signals_setting('snowplow__load_lookback_days') >= 0 -%}
    {#- hours that must be taken again because the scope has grown may be older than the lookback -#}
    {%- set first = signals_text('min(case when chunk is null then bucket end)', 'time') -%}
    {%- set newest = '(select ' ~ signals_text('max(bucket)', 'time') ~ ' from ' ~ ledger ~ ')' -%}
    {%- set widened = '(select ' ~ first ~ ' from ' ~ ledger ~ ')' -%}
  {%- endif -%}
  {{ return('select coalesce(max(chunk), 0) + 1 as chunk, ' ~ newest ~ ' as newest, ' ~ widened ~ ' as widened from ('
      ~ numbers | join(' union all ') ~ ') as numbers') }}
{%- endmacro %}

{% macro signals_plan_from() -%}
  {#- The first hour of load that is compared with the ledger, whether it is the first of all, the number of the next chunk, and
      of the rows elsewhere when all hours were last compared. Where that is to be known and is not, all are compared. Where it
      is known, our `run` says from which hour on, and compares others if the rows do not add up. -#}
  {%- set days = signals_setting('snowplow__load_lookback_days') -%}
  {%- set start = signals_start_date() ~ ' 00:00:00' -%}
  {%- set plan = {'since': start, 'chunk': 1, 'is_whole': true, 'elsewhere': none} -%}
  {%- if execute -%}
    {%- do graph.setdefault('signals_plans', {}).update({model.package_name: [invocation_id, plan]}) -%}
  {%- endif -%}
  {%- set asked = signals_plan_question() -%}
  {%- if not asked -%}{{ return(plan) }}{%- endif -%}
  {%- set known = graph.get('signals_planned_from', {}).get(model.package_name, []) -%}
  {%- set is_known = known | length == 2 and known[0] == invocation_id and signals_was_built('definition') -%}
  {%- set found = [known[1]] if is_known else signals_rows(asked) -%}
  {%- if not found -%}{{ return(plan) }}{%- endif -%}
  {%- set newest, widened = found[0][1], found[0][2] -%}
  {%- do plan.update({'chunk': found[0][0]}) -%}
  {%- set elsewhere = signals_rows_elsewhere() if newest and signals_counts_rows() else none -%}
  {%- if not newest or signals_counts_rows() and elsewhere is none -%}{{ return(plan) }}{%- endif -%}
  {%- set lookback = modules.datetime.timedelta(days=days) -%}
  {%- set since = (modules.datetime.datetime.fromisoformat(newest) - lookback).strftime('%Y-%m-%d %H:%M:%S') -%}
  {%- set since = [signals_run().narrow_since or since, widened or '9999'] | min -%}
  {%- set since = [since, start] | max -%}
  {%- set is_whole = since == start -%}
  {%- do plan.update({'since': since, 'is_whole': is_whole, 'elsewhere': none if is_whole else elsewhere}) -%}
  {{ return(plan) }}
{%- endmacro %}

{% macro signals_rows_elsewhere() -%}
  {#- How many rows were neither in an hour of load nor in the ledger when all hours were last compared; none if that is
      unknown. Remembered with the definition. -#}
  {%- set known = graph.get('signals_rows_elsewhere', {}).get(model.package_name, []) -%}
  {%- if known[:1] == [invocation_id] and signals_was_built('definition') -%}{{ return(known[1]) }}{%- endif -%}
  {%- set definition = signals_table_of('definition') -%}
  {%- if definition is none -%}{{ return(none) }}{%- endif -%}
  {%- set found = signals_rows('select max(fingerprint) from ' ~ definition ~ " where part = 'rows elsewhere'") -%}
  {{ return(found[0][0] if found else none) }}
{%- endmacro %}

{% macro signals_after_planning(limits) -%}
  {#- Remembers the number of rows elsewhere after all hours were compared; a plain build logs what it does not take. -#}
  {%- set plan = graph.get('signals_plans', {}).get(model.package_name, []) -%}
  {%- if signals_writes() and plan[:1] == [invocation_id] and plan[1].is_whole and signals_counts_rows() -%}
    {%- do signals_forget_rows_elsewhere() -%}
    {%- do run_query('insert into ' ~ signals_table_of('definition') ~ " (part, fingerprint) select 'rows elsewhere', "
        ~ signals_text('max(rows_elsewhere)') ~ ' from ' ~ limits) -%}
  {%- endif -%}
  {{ signals_log_backlog(limits) }}
{%- endmacro %}

{% macro signals_forget_rows_elsewhere() -%}
  {%- do run_query('delete from ' ~ signals_table_of('definition') ~ " where part = 'rows elsewhere'") -%}
{%- endmacro %}

{% macro signals_app_condition() -%}
  {%- set ids = signals_app_ids() -%}
  {%- set literals = [] -%}
  {%- for id in ids -%}{%- do literals.append(signals_text_literal(id)) -%}{%- endfor -%}
  {{ 'app_id in (' ~ literals | join(', ') ~ ')' if literals else 'true' }}
{%- endmacro %}
