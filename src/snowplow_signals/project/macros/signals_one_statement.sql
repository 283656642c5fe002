{#- How new rows replace old ones on engines where a model and its hooks are not one transaction: in one statement, so that
    a process that dies leaves the table either unchanged or complete. -#}

{% materialization signals_events, default %}
  {#- One row per event: a new winner replaces the previous one. `events`: the model with this run's winners. -#}
  {%- set reason = signals_reason_to_wait() -%}
  {%- if reason -%}{{ return(signals_write_nothing(reason)) }}{%- endif -%}
  {%- if not signals_is_stored() -%}
    {{ return(signals_write([signals_create_table(this, sql)], is_new=true)) }}
  {%- endif -%}
  {%- set taken = signals_state(config.require('events')) -%}
  {%- set replaced = signals_replaced_days(taken) -%}
  {%- if not replaced -%}
    {{ return(signals_write([signals_insert(this, sql)])) }}
  {%- endif -%}
  {#- with a bound on how far copies are apart, events of other days may have the same id -#}
  {%- set same = signals_of_days(replaced, 'stored.')
      ~ ' and stored.event_id = given.event_id and stored.day = given.stored_day' -%}
  {%- set winners -%}
    select winners.*, taken.stored_day
    from (
    {{ sql }}
    ) as winners
    inner join {{ taken }} as taken on taken.event_id = winners.event_id and taken.day = winners.day
  {%- endset -%}
  {{ return(signals_write([signals_merge(this, '(\n' ~ winners ~ '\n)', same)])) }}
{% endmaterialization %}

{% materialization signals_days, default %}
  {#- Replaces the states that are computed now, in one statement that touches no other day. `days`: the model that says
      which. -#}
  {%- set reason = signals_reason_to_wait() -%}
  {%- if reason -%}{{ return(signals_write_nothing(reason)) }}{%- endif -%}
  {%- if not signals_is_stored() -%}
    {{ return(signals_write([signals_create_table(this, sql)], is_new=true)) }}
  {%- endif -%}
  {%- set days = signals_state(config.require('days')) -%}
  {%- if signals_computed_now(days) == 'false' -%}
    {{ return(signals_write(['select 0 as days'])) }}
  {%- endif -%}
  {{ return(signals_write([signals_replace_states_of(this, days, sql)])) }}
{% endmaterialization %}

{% materialization signals_changes, default %}
  {#- Publishes in one statement: rows of the table `changes` are inserted, updated or deleted. -#}
  {%- set reason = signals_reason_to_wait() -%}
  {%- if reason -%}{{ return(signals_write_nothing(reason)) }}{%- endif -%}
  {%- set names = config.require('names') -%}
  {%- if signals_is_replaced() -%}
    {{ return(signals_write([signals_create_table(this, sql)], is_new=true)) }}
  {%- endif -%}
  {%- set key = config.require('unique_key') -%}
  {%- set publishing -%}
    merge into {{ this }} as stored
    using {{ signals_state(config.require('changes')) }} as given
    on stored.{{ key }} = given.{{ key }}
    when matched and given.change = 'removed' then delete
    when matched then update set
    {%- for name in names %} {{ name }} = given.{{ name }}{{ ',' if not loop.last }}{% endfor %}
    when not matched and given.change in ('new', 'changed') then insert ({{ names | join(', ') }})
    values ({% for name in names %}given.{{ name }}{{ ', ' if not loop.last }}{% endfor %})
  {%- endset -%}
  {{ return(signals_write([publishing])) }}
{% endmaterialization %}

{% macro signals_note_stored() -%}
  {#- A run that died may have stored the events of its chunk without recording it. -#}
  {%- set chunks = signals_table_of('chunk_manifest') -%}
  {%- set events = signals_table_of('filtered_events') -%}
  {%- set known = graph.get('signals_unstored', {}).get(model.unique_id, []) -%}
  {#- whose lease is not checked yet writes nothing, and comes back to this when it is -#}
  {%- if chunks is not none and events is not none and known != [invocation_id, 0] and not signals_lease_question() -%}
    {%- for row in signals_rows('select chunk from ' ~ chunks ~ ' where not is_stored') -%}
      {%- if signals_rows('select 1 from ' ~ events ~ ' where chunk = ' ~ row[0] ~ ' limit 1') -%}
        {%- do run_query('update ' ~ chunks ~ ' set is_stored = true where chunk = ' ~ row[0]) -%}
      {%- endif -%}
    {%- endfor -%}
  {%- endif -%}
{%- endmacro %}

{% macro signals_unless_there(column) -%}
  {#- A condition by which a statement that is sent twice adds nothing the second time: a client that got no answer may do so,
      as dbt-bigquery does, by a job of its own (`job_retries`). -#}
  {{ ' and ' ~ column ~ ' not in (select ' ~ column ~ ' from ' ~ this ~ ')' if signals_is_stored() }}
{%- endmacro %}

{% macro signals_unless_stored(events) -%}
  {#- The same as a join, for a table that is too large to look through. All of a chunk's winners are stored at once, so it is enough to look at the first day. Those of another chunk are not
      this statement's, which may come after a later run has begun. -#}
  {%- set first = signals_days_of_winners(events).first if signals_is_stored() and signals_writes() else none -%}
  {%- if first -%}
inner join (
    select count(*) as winners
    from {{ this }}
    where day = date '{{ first[0] }}' and chunk = {{ first[1] }}
) as known on known.winners = 0 and events.chunk = {{ first[1] }}
  {%- endif -%}
{%- endmacro %}

{% macro signals_unless_made(history) -%}
  {#- The same for the cache of early days, which is made from itself and the days after it: when it has been made, those days
      are in it. -#}
  {{ " and (select count(*) from " ~ this ~ " where day = date '" ~ history.day ~ "') = 0" if history.is_moved }}
{%- endmacro %}
