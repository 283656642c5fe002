{#- The tables that are kept from run to run, made anew when the definition has changed: from what they hold, and from the
    events. Each query can be repeated: what stays is taken as it is, what is new is computed. -#}

{% macro signals_read_by() -%}
  {#- Which properties of filtered_events are read from a column or field of the events table. -#}
  {{ return({
      $read_by
  }) }}
{%- endmacro %}

{% macro signals_slots() -%}
  {#- The states that are kept per entity and day: the properties that they are computed from, and whether they are rows of
      daily_values. -#}
  {{ return({
      $slots
  }) }}
{%- endmacro %}

{% macro signals_patterns() -%}
  {#- The parts of the definition that say which events are in scope, as conditions. -#}
  {{ return({
      $patterns
  }) }}
{%- endmacro %}

{% macro signals_kept_properties() -%}
  {{ return([
      $kept_names
  ]) }}
{%- endmacro %}

{% macro signals_copies(columns, names) -%}
  {#- The rows of the events table that are in scope, with these properties: those that rank copies, and no others of many. -#}
  select
      event_id,
      load_tstamp,
      collector_tstamp,
      least(claimed_tstamp, load_tstamp) as event_tstamp,
      $identifier
      {%- for name in names %},
      {{ name }}
      {%- endfor %}
  from (
      select
          $columns
          $properties
      from {{ source('atomic', 'events') }}
      where {{ signals_loaded(columns, after=signals_start_date() ~ ' 00:00:00') }}
  ) as loaded
  where
      $stays
{%- endmacro %}

{% macro signals_is_copy(one, other) -%}
  {#- Whether a row is the very one that is stored. -#}
  {{ one }}.event_id = {{ other }}.event_id
      and {{ one }}.load_tstamp = {{ other }}.load_tstamp
      and {{ one }}.collector_tstamp is not distinct from {{ other }}.collector_tstamp
      and {{ one }}.event_tstamp = {{ other }}.event_tstamp
      and {{ one }}.${identifier} = {{ other }}.${identifier}
{%- endmacro %}

{% macro signals_has_values(stored, columns, names) -%}
  {#- A query with a row, if a stored event has a value of one of these properties. -#}
  select 1 as one
  from (
      select *
      from (
      {{ signals_copies(columns, names) }}
      ) as copies
      where {{ names | join(' is not null or ') }} is not null
  ) as copies
  inner join {{ stored }} as stored on {{ signals_is_copy('copies', 'stored') }}
  limit 1
{%- endmacro %}

{% macro signals_events_anew(stored, columns, filled) -%}
  {#- filtered_events, with the properties `filled` from the copies that are stored, without events out of scope. -#}
  {%- set ranks = 'event_id, load_tstamp, collector_tstamp, event_tstamp, $identifier' -%}
  {%- set of_copy = ([ranks] + filled) | join(', ') -%}
  {%- set kept = [] -%}
  {%- for name in signals_kept_properties() if name not in filled -%}{%- do kept.append(name) -%}{%- endfor -%}
  {%- if filled -%}
with copies as (

    {{ signals_copies(columns, filled) }}

),

repeated as (

    select event_id
    from copies
    group by event_id
    having count(*) > 1

),

chosen as (

    -- most events came once
    select copies.{{ of_copy | replace(', ', ', copies.') }}
    from copies
    left join repeated on repeated.event_id = copies.event_id
    where repeated.event_id is null

    union all

    -- of copies that nothing ranks one whose other properties are those that are stored
    select {{ of_copy }}
    from (
        select
            again.*,
            row_number() over (
                partition by {{ 'again.' ~ ranks | replace(', ', ', again.') }}
                order by
                    case
                        when true
                        {%- for name in kept %}
                            and again.{{ name }} is not distinct from stored.{{ name }}
                        {%- endfor %}
                            then 0
                        else 1
                    end
                    {%- for name in filled %},
                    again.{{ name }}
                    {%- endfor %}
            ) as copy_number
        from (
            {{ signals_copies(columns, signals_kept_properties()) }}
        ) as again
        inner join repeated on repeated.event_id = again.event_id
        inner join {{ stored }} as stored on {{ signals_is_copy('again', 'stored') }}
    ) as numbered
    where copy_number = 1

)
  {%- endif %}

select *
from (
    select
        stored.event_id,
        stored.event_key,
        stored.${identifier},
        stored.day,
        stored.event_tstamp,
        stored.load_tstamp,
        stored.collector_tstamp,
        {%- for name in signals_kept_properties() %}
        {{ 'chosen' if name in filled else 'stored' }}.{{ name }},
        {%- endfor %}
        stored.chunk
    from {{ stored }} as stored
    {%- if filled %}
    left join chosen on {{ signals_is_copy('chosen', 'stored') }}
    {%- endif %}
) as events
where
    $relevant
order by day, $identifier
{%- endmacro %}

{% macro signals_aggregates_anew(events, stored, slots) -%}
  {#- daily_aggregates, with these slots computed from the events, and the others as they are stored; `stored` is none when
      all are computed. -#}
with events as (

    select
        $day_flags
    from {{ events }}

),

$beside
added as (

    select
        $identifier,
        day,
        chunk,
        $day_states
        count(*) as events
    from $day_rows
    group by $identifier, day, chunk

)

select
    {%- set kept = 'added' if stored is none else 'stored' %}
    {{ kept }}.${identifier},
    {{ kept }}.day,
    {{ kept }}.chunk,
    {{ kept }}.events
    $day_columns
from {% if stored is none %}added{% else %}{{ stored }} as stored
left join added on added.${identifier} = stored.${identifier} and added.day = stored.day and added.chunk = stored.chunk
{%- endif %}
order by 2, 1
{%- endmacro %}

{% macro signals_values_anew(events, stored, slots, kept) -%}
  {#- daily_values, with the rows of these slots from the events, and those of the slots `kept` as they are stored. -#}
with events as (

    select
        $value_flags
    from {{ events }}

)

select $identifier, day, chunk, slot, value, n, last_tstamp, last_event_id
from (
    {%- if stored is not none and kept %}
    select $identifier, day, chunk, slot, value, n, last_tstamp, last_event_id
    from {{ stored }}
    where slot in ('{{ kept | join("', '") }}')
    {{ 'union all' if slots }}
    {%- endif %}
    $value_slots
) as given
order by 2, 1
{%- endmacro %}

{% macro signals_older_hours(columns, ledger, before) -%}
  {#- Hours of load that the ledger does not have, as those of which nothing was taken: from the start date to a former one. -#}
  insert into {{ ledger }} (bucket, bucket_rows, chunk, run_id)
  select bucket, cast(-1 as bigint), cast(null as bigint), cast(null as $text_type)
  from (
      select distinct $hour as bucket
      from (
          select $load_tstamp as load_tstamp
          from {{ source('atomic', 'events') }}
          where {{ signals_loaded(columns, signals_start_date() ~ ' 00:00:00', before ~ ' 00:00:00') }}
      ) as loads
  ) as hours
  where bucket not in (select bucket from {{ ledger }})
{%- endmacro %}

{% macro signals_gone_accounted(chunks, chunk, gone) -%}
  {#- A line of the accounting for stored events that gave way to nothing. -#}
  {%- set run = signals_run() -%}
  insert into {{ chunks }} (
      chunk, run_id, planned_at, as_of,
      $row_counts,
      is_stored
  )
  select
      {{ chunk }},
      '{{ run.run_id }}',
      $planned_at,
      date '{{ run.as_of }}',
      $no_rows,
      true
  from (select 1 as one) as gone
  where {{ chunk }} not in (select chunk from {{ chunks }})
{%- endmacro %}

{% macro signals_columns_to_derive_from() -%}
  {{ return([
      $derived_from
  ]) }}
{%- endmacro %}

{% macro signals_before_deriving(published) -%}
  {#- What has to be done before the published attributes are written. -#}
  $recording
{%- endmacro %}

{% macro signals_attributes_anew(published, derived) -%}
  {#- The published attributes, with derived ones from the others; `derived` are those that are new, changed or gone. -#}
  {%- set removed, history = signals_table_of('removed_entities'), signals_table_of('attributes_history') %}
with now_publishing as (

    -- later than any change before it, whatever the clock says
    select
        greatest(
            $planned_now,
            $long_ago,
            (
                select $after_change
                from {{ published }}
            )
            {%- if removed is not none %},
            (
                select $after_removal
                from {{ removed }}
            )
            {%- endif %}
            {%- if history is not none %},
            (
                select $after_record
                from {{ history }}
            )
            {%- endif %}
        ) as updated_at

),

$base as (

    select
        $kept
    from {{ published }} as published
    cross join now_publishing

)$derived_ctes

select
    $output
from computed
{%- endmacro %}
