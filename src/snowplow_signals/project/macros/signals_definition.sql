{#- The tables are worth what they were built from: a changed definition changes them, or stops the run. -#}

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
    {%- do signals_check_unused(dropped) -%}
    {%- for relation in dropped -%}{%- do adapter.drop_relation(relation) -%}{%- endfor -%}
  {%- elif built_from is not none -%}
    {%- set change = signals_change(built_from, wanted, columns) -%}
    {%- if change.refused -%}{%- do signals_definition_has_changed(change.refused, change.ways) -%}{%- endif -%}
    {%- if change.is_any -%}{%- do signals_apply(change, built_from, columns) -%}{%- endif -%}
  {%- endif -%}
{%- endmacro %}

{% macro signals_differing_parts(built_from, wanted) -%}
  {#- Part, how it differs, and what it was and is. -#}
  {%- set changes -%}
    select
        coalesce(wanted.part, stored.part) as part,
        case when stored.part is null then 'is new' when wanted.part is null then 'is gone' else 'has changed' end,
        stored.fingerprint,
        wanted.fingerprint
    from ({{ wanted }}) as wanted
    full outer join (
        select part, fingerprint from {{ built_from }} where part <> '*' and part not like 'type of column %'
            and part not like 'added %'
    ) as stored on stored.part = wanted.part
    where stored.fingerprint is distinct from wanted.fingerprint
    order by 1
  {%- endset -%}
  {{ return(signals_rows(changes)) }}
{%- endmacro %}

{% macro signals_stop_if_changed(built_from, wanted) -%}
  {#- In a model that cannot bring the tables up to date: the first one of the project does. -#}
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
      else change[0] ~ ' ' ~ change[1]
  ) }}
{%- endmacro %}

{% macro signals_check_unused(relations) -%}
  {#- Before tables are dropped: whether views of the user's own would go with them. -#}
  {{ return(adapter.dispatch('signals_check_unused')(relations)) }}
{%- endmacro %}

{% macro default__signals_check_unused(relations) -%}{%- endmacro %}

{% macro signals_new_types(columns, built_from) -%}
  {#- The classes of columns that are read as text which are not remembered yet: pairs of a part and a class. A column may
      change to a class whose values have the same text; after any other change those that are stored would differ. -#}
  {%- set known, new, lines = {}, [], [] -%}
  {%- if execute -%}
    {%- if built_from is not none and not flags.FULL_REFRESH -%}
      {%- set asked = 'select part, fingerprint from ' ~ built_from ~ " where part like 'type of column %'" -%}
      {%- for row in signals_rows(asked) -%}{%- do known.update({row[0]: known.get(row[0], []) + [row[1]]}) -%}{%- endfor -%}
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
      {#- all of them are stored again -#}
      {%- for part, leaves in known.items() -%}
        {%- for leaf in leaves -%}{%- do new.append((part, leaf)) -%}{%- endfor -%}
      {%- endfor -%}
    {%- endif -%}
  {%- endif -%}
  {{ return(new) }}
{%- endmacro %}

{% macro signals_keeps_text(before, after) -%}
  {#- Whether a value that a column of one class held has the same text now that the column is of another. -#}
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
