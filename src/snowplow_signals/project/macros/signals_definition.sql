{#- The tables are valid for the definition they were built from: a changed one updates them in place, or stops the run. -#}

{% macro signals_check_definition(built_from, wanted, columns, state) -%}
  {#- `built_from`: the stored table; `wanted`: a query of what this project would build; `state`: tables to drop. -#}
  {%- if not execute -%}{{ return('') }}{%- endif -%}
  {%- if not signals_writes() -%}
    {%- if var('signals__plan', false) -%}{%- do signals_log_plan(built_from, wanted, columns) -%}{%- endif -%}
  {%- elif flags.FULL_REFRESH -%}
    {%- if not signals_may_refresh() -%}
      {%- do exceptions.raise_compiler_error(
          "--full-refresh drops everything that was computed. It is allowed on the target '"
          ~ var('snowplow__dev_target_name', 'dev') ~ "' (snowplow__dev_target_name), not on '" ~ target.name
          ~ "', unless snowplow__allow_refresh is true."
      ) -%}
    {%- endif -%}
    {%- set dropped = state | select | list -%}
    {%- for found in signals_kept() if not signals_is_table(found) -%}{%- do dropped.append(found) -%}{%- endfor -%}
    {%- do signals_drop(dropped) -%}
  {%- elif built_from is none -%}
    {#- where a full refresh is no transaction, it may have died after it dropped the definition -#}
    {%- do signals_drop(state | select | list) -%}
  {%- elif built_from is not none -%}
    {%- set change = signals_change(built_from, wanted, columns) -%}
    {%- if signals_lease_question() -%}{%- do exceptions.raise_compiler_error("The lease was not checked") -%}{%- endif -%}
    {%- if change.refused -%}{%- do signals_definition_has_changed(change.refused, change.ways) -%}{%- endif -%}
    {%- if change.is_any -%}{%- do signals_apply(change, built_from, columns) -%}{%- endif -%}
  {%- endif -%}
{%- endmacro %}

{% macro signals_differing_parts(built_from, wanted) -%}
  {#- Rows of: part, how it differs, its stored fingerprint, its new one. -#}
  {%- set changes -%}
    select
        coalesce(wanted.part, stored.part) as part,
        case when stored.part is null then 'is new' when wanted.part is null then 'is gone' else 'has changed' end
            as difference,
        stored.fingerprint as stored_fingerprint,
        wanted.fingerprint as wanted_fingerprint
    from ({{ wanted }}) as wanted
    full outer join (
        select part, fingerprint from {{ built_from }} where part <> '*' and part not like 'type of column %'
            and part not like 'added %' and part not like 'redefined %' and part <> 'rows elsewhere'
    ) as stored on stored.part = wanted.part
    where stored.fingerprint is distinct from wanted.fingerprint

    union all

    select part, 'is known', fingerprint, null
    from {{ built_from }}
    where part like 'type of column %' or part = 'rows elsewhere'
  {%- endset -%}
  {%- set differing, known, asked = [], [], [changes] -%}
  {%- set lease, plan = signals_lease_question(), signals_plan_question() if signals_run().has_lease else none -%}
  {%- if lease -%}{%- do asked.append(lease) -%}{%- endif -%}
  {%- if plan -%}
    {%- do asked.append("select 'signals plan', " ~ signals_text('chunk') ~ ', newest, widened from (' ~ plan ~ ') as plan') -%}
  {%- endif -%}
  {%- set planned, elsewhere = [], [] -%}
  {%- for row in signals_rows(asked | join('\n\nunion all\n\n') ~ '\norder by 1') -%}
    {%- if row[0] == 'signals lease' -%}
      {%- do signals_check_lease(row[1], row[2], row[3]) -%}
      {%- do signals_note_stored() -%}
    {%- elif row[0] == 'signals plan' -%}
      {%- do planned.append([row[1] | int, row[2], row[3]]) -%}
    {%- elif row[0] == 'rows elsewhere' -%}
      {%- do elsewhere.append(row[2]) -%}
    {%- else -%}
      {%- do (known if row[1] == 'is known' else differing).append(row) -%}
    {%- endif -%}
  {%- endfor -%}
  {#- a definition that has changed may change the ledger -#}
  {%- do graph.setdefault('signals_planned_from', {}).update({
      model.package_name: [invocation_id] + (planned if not differing else [])
  }) -%}
  {%- do graph.setdefault('signals_rows_elsewhere', {}).update({
      model.package_name: [invocation_id, elsewhere[0] if elsewhere and not differing else none]
  }) -%}
  {%- do graph.setdefault('signals_known_types', {}).update({model.unique_id: [invocation_id, known]}) -%}
  {{ return(differing) }}
{%- endmacro %}

{% macro signals_lease_question() -%}
  {#- A query for the lease that this model took and has not checked yet; none without one. -#}
  {%- set asked = graph.get('signals_lease_asked') -%}
  {{ return(asked[1] if asked and asked[0] == invocation_id else none) }}
{%- endmacro %}

{% macro signals_check_lease(holder, until, unstored) -%}
  {#- Stops when another run holds the lease; `unstored`: how many chunks are not marked as stored. -#}
  {%- if holder != signals_run().run_id -%}
    {%- do signals_is_busy(" Was it killed? Then what it holds is free after " ~ until ~ " UTC.") -%}
  {%- endif -%}
  {%- do graph.update({'signals_lease_asked': none}) -%}
  {%- do graph.setdefault('signals_unstored', {}).update({model.unique_id: [invocation_id, unstored | int]}) -%}
{%- endmacro %}

{% macro signals_stop_if_changed(built_from, wanted) -%}
  {#- For models that cannot bring the tables up to date; the first model of the project does that. -#}
  {%- set parts, lines = [], [] -%}
  {%- for change in signals_differing_parts(built_from, wanted) -%}
    {%- do parts.append(change[0]) -%}
    {%- do lines.append('  ' ~ signals_part_words(change)) -%}
  {%- endfor -%}
  {%- if 'layout' in parts -%}{%- do signals_definition_has_changed(lines) -%}{%- endif -%}
  {%- if lines -%}
    {%- do exceptions.raise_compiler_error(
        "The definition is not the one that the tables were built from:\n" ~ lines | join('\n')
        ~ "\nBuild " ~ model.package_name ~ "_definition first, which brings the tables up to date where it can:"
        ~ " dbt build --select " ~ model.package_name ~ "_definition"
    ) -%}
  {%- endif -%}
{%- endmacro %}

{% macro signals_part_words(change) -%}
  {{ return(
      "the layout of the tables: another version of snowplow-batch-engine made them" if change[0] == 'layout'
      else change[0] ~ ' has changed, which says which rows are copies of one event'
          if change[0] == 'snowplow__duplicate_lookback_days'
      else change[0] ~ ' ' ~ change[1]
  ) }}
{%- endmacro %}

{% macro signals_drop(relations) -%}
  {%- do signals_check_unused(relations) -%}
  {%- for relation in relations -%}{%- do adapter.drop_relation(relation) -%}{%- endfor -%}
{%- endmacro %}

{% macro signals_check_unused(relations) -%}
  {#- Stops before tables are dropped that the user's own views depend on. -#}
  {{ return(adapter.dispatch('signals_check_unused')(relations)) }}
{%- endmacro %}

{% macro default__signals_check_unused(relations) -%}{%- endmacro %}

{% macro signals_new_types(columns, built_from) -%}
  {#- The classes of text-read columns that have not been recorded yet, as pairs of part and class. A column may change to a
      class whose values have the same text; any other change would make stored values differ from new ones. -#}
  {%- set known, new, lines = {}, [], [] -%}
  {%- if execute -%}
    {%- if built_from is not none and not flags.FULL_REFRESH -%}
      {%- for row in signals_known_types(built_from) -%}
        {%- do known.update({row[0]: known.get(row[0], []) + [row[2]]}) -%}
      {%- endfor -%}
    {%- endif -%}
    {%- for property in signals_read_as_text() -%}
      {%- for name in signals_versions(columns, property.column) -%}
        {%- set leaf = signals_leaf(columns, name, property.path) -%}
        {%- set part = 'type of column ' ~ ([name] + property.path) | join('.') -%}
        {%- if leaf is not none and leaf not in known.get(part, []) and (part, leaf) not in new -%}
          {%- do new.append((part, leaf)) -%}
          {%- for before in known.get(part, []) if not signals_keeps_text(before, leaf) -%}
            {%- do lines.append('  ' ~ part ~ ' has changed from ' ~ before ~ ' to ' ~ leaf) -%}
          {%- endfor -%}
        {%- endif -%}
      {%- endfor -%}
    {%- endfor -%}
    {%- if lines -%}{%- do signals_definition_has_changed(lines) -%}{%- endif -%}
    {%- if signals_is_made_anew() -%}
      {#- all of them are stored anew -#}
      {%- for part, leaves in known.items() -%}
        {%- for leaf in leaves -%}{%- do new.append((part, leaf)) -%}{%- endfor -%}
      {%- endfor -%}
    {%- endif -%}
  {%- endif -%}
  {{ return(new) }}
{%- endmacro %}

{% macro signals_known_types(built_from) -%}
  {#- Rows of part, a word and class; found with the parts, if this model has compared them. -#}
  {%- set found = graph.get('signals_known_types', {}).get(model.unique_id, []) -%}
  {%- if found[:1] == [invocation_id] -%}{{ return(found[1]) }}{%- endif -%}
  {{ return(signals_rows(
      "select part, 'is known', fingerprint from " ~ built_from ~ " where part like 'type of column %'"
  )) }}
{%- endmacro %}

{% macro signals_keeps_text(before, after) -%}
  {#- Whether a value has the same text in a column of the class `after` as it had in one of the class `before`. -#}
  {%- for alike in [['integer', 'decimal', 'float'], ['timestamp', 'timestamptz']] -%}
    {%- if before in alike and after in alike -%}{{ return(true) }}{%- endif -%}
  {%- endfor -%}
  {{ return(before in ['integer', 'boolean'] and after in ['text', 'json']) }}
{%- endmacro %}

{% macro signals_definition_has_changed(lines, ways='') -%}
  {%- do exceptions.raise_compiler_error(
      "The definition is not the one that the tables were built from:\n" ~ lines | join('\n')
      ~ "\nEither declare a new version of the view, or run with --full-refresh to recompute everything"
      ~ " (on the target '" ~ var('snowplow__dev_target_name', 'dev') ~ "', or with snowplow__allow_refresh: true)." ~ ways
  ) -%}
{%- endmacro %}
