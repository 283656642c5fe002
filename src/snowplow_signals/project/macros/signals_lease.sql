{#- The lease of the one writer, where no connection can hold a lock: a row that says whose it is, and until when. -#}

{% macro signals_lease(project) -%}
  {#- Beside the definition, and called alike; our command line renews it under the same name. -#}
  {%- set definition = signals_own(project ~ '_definition', project) -%}
  {{ return(definition.incorporate(path={'identifier': definition.identifier.removesuffix('_definition') ~ '_lease'})) }}
{%- endmacro %}

{% macro signals_lease_seconds() -%}
  {#- Our `run` renews it every minute while it lives. A plain `dbt build` does so with each model, which may take long. -#}
  {{ return(300 if signals_run().has_lease else 3600) }}
{%- endmacro %}

{% macro signals_begins_a_run() -%}
  {#- Whether this is one of the models that our `run` begins with. -#}
  {{ return(signals_step() in ('definition', 'base_new_event_limits')) }}
{%- endmacro %}

{% macro signals_claims_now() -%}
  {#- Whether this model has to see to the lease: the first one of a run of ours, and each of another dbt. -#}
  {%- if not signals_run().has_lease -%}{{ return(true) }}{%- endif -%}
  {{ return(signals_begins_a_run() and not signals_was_built('definition')) }}
{%- endmacro %}

{% macro signals_take_lease() -%}
  {#- Before anything of a run is written: take the lease, or keep it, unless another run has it. -#}
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
  {%- set asked -%}
    select
        holder,
        case when until > {{ signals_clock() }} then 1 else 0 end,
        case when until > {{ signals_later(seconds // 2) }} then 1 else 0 end,
        {{ signals_text('until', 'time') }}
    from {{ lease }}
  {%- endset -%}
  {%- set found = signals_rows(asked) -%}
  {%- if found and found[0][0] != me and found[0][3] > signals_run().planned_at and signals_makes_tables() -%}
    {#- what dbt looked up when it began may have been made since #}
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
    {%- set found = signals_rows(asked) -%}
  {%- endif -%}
  {%- if found[0][0] != me -%}
    {%- do signals_is_busy(" Was it killed? Then what it holds is free after " ~ found[0][3] ~ " UTC.") -%}
  {%- endif -%}
{%- endmacro %}

{% macro signals_is_busy(more='') -%}
  {%- do exceptions.raise_compiler_error(
      "Another run of " ~ model.package_name ~ " is in progress; this one stops, and nothing is lost. Try again when"
      ~ " that one has finished." ~ more
  ) -%}
{%- endmacro %}

{% macro signals_makes_tables() -%}
  {#- Whether some table of this project is not there yet. -#}
  {%- for phase in signals_phases() -%}
    {%- for name in phase if signals_node(name) is not none and signals_table_of(name) is none -%}
      {{ return(true) }}
    {%- endfor -%}
  {%- endfor -%}
  {{ return(false) }}
{%- endmacro %}

{% macro signals_release(project) -%}
  {#- At the end of a plain `dbt build`, so that nobody has to wait; one that is killed skips it, and its lease ends. -#}
  {%- if execute and not signals_run().has_lease -%}
    {%- set lease = signals_lease(project) -%}
    {%- if load_cached_relation(lease) is not none -%}
  update {{ lease }} set until = {{ signals_clock() }} where holder = '{{ signals_run().run_id }}'
    {%- endif -%}
  {%- endif -%}
{%- endmacro %}
