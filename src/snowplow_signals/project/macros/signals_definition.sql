{#- The tables are worth what they were built from: a changed definition stops the run. -#}

{% macro signals_check_definition(built_from, wanted, state) -%}
  {#- `built_from`: the stored table; `wanted`: a query of what this project would build; `state`: tables to drop. -#}
  {%- if not signals_writes() -%}{{ return('') }}{%- endif -%}
  {%- if flags.FULL_REFRESH -%}
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
    {%- do signals_stop_if_changed(built_from, wanted) -%}
  {%- endif -%}
{%- endmacro %}

{% macro signals_stop_if_changed(built_from, wanted) -%}
  {%- set changes -%}
    select
        coalesce(wanted.part, stored.part) as part,
        case when stored.part is null then 'is new' when wanted.part is null then 'is gone' else 'has changed' end
    from ({{ wanted }}) as wanted
    full outer join (
        select part, fingerprint from {{ built_from }} where part <> '*' and part not like 'type of column %'
    ) as stored on stored.part = wanted.part
    where stored.fingerprint is distinct from wanted.fingerprint
    order by 1
  {%- endset -%}
  {%- set lines = [] -%}
  {%- for change in signals_rows(changes) -%}
    {%- do lines.append(
        "  the layout of the tables: another version of snowplow-batch-engine made them" if change[0] == 'layout'
        else '  ' ~ change[0] ~ ' ' ~ change[1]
    ) -%}
  {%- endfor -%}
  {%- if lines -%}{%- do signals_definition_has_changed(lines) -%}{%- endif -%}
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

{% macro signals_definition_has_changed(lines) -%}
  {%- do exceptions.raise_compiler_error(
      "The definition is not the one that the tables were built from:\n" ~ lines | join('\n')
      ~ "\nEither declare a new version of the view, or run with --full-refresh to recompute everything"
      ~ " (on the target '" ~ var('snowplow__dev_target_name', 'dev') ~ "', or with snowplow__allow_refresh: true)."
  ) -%}
{%- endmacro %}
