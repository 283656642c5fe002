-- Made by snowplow-batch-engine from view batch_ecommerce_attributes, version 1. Change the view, not this file.
{#- The tables are worth what they were built from: a changed definition stops the run. -#}

{% macro signals_check_definition(built_from, wanted, state) -%}
  {#- `built_from`: the stored table; `wanted`: a query of what this project would build; `state`: tables to drop. -#}
  {%- if not execute -%}{{ return('') }}{%- endif -%}
  {%- if flags.FULL_REFRESH -%}
    {%- if not signals_may_refresh() -%}
      {%- do exceptions.raise_compiler_error(
          "--full-refresh drops what has been computed. It is allowed on the target '"
          ~ var('snowplow__dev_target_name', 'dev') ~ "' (snowplow__dev_target_name), not on '" ~ target.name
          ~ "', unless snowplow__allow_refresh is true."
      ) -%}
    {%- endif -%}
    {%- for relation in state if relation is not none -%}
      {%- do adapter.drop_relation(relation) -%}
    {%- endfor -%}
  {%- elif built_from is not none -%}
    {%- set changes -%}
      select
          coalesce(wanted.part, stored.part) as part,
          case when stored.part is null then 'is new' when wanted.part is null then 'is gone' else 'has changed' end
      from ({{ wanted }}) as wanted
      full outer join {{ built_from }} as stored on stored.part = wanted.part
      where stored.fingerprint is distinct from wanted.fingerprint
      order by 1
    {%- endset -%}
    {%- set changed = run_query(changes).rows -%}
    {%- if changed | length -%}
      {%- set lines = [] -%}
      {%- for change in changed -%}{%- do lines.append('  ' ~ change[0] ~ ' ' ~ change[1]) -%}{%- endfor -%}
      {%- do exceptions.raise_compiler_error(
          "The definition is not the one that the tables were built from:\n" ~ lines | join('\n')
          ~ "\nEither declare a new version of the view, or run with --full-refresh to compute everything anew"
          ~ " (on the target '" ~ var('snowplow__dev_target_name', 'dev') ~ "', or with snowplow__allow_refresh: true)."
      ) -%}
    {%- endif -%}
  {%- endif -%}
{%- endmacro %}
