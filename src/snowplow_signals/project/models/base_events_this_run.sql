{{ config(materialized='signals_table', schema='scratch', tags=['signals_take']) }}
{%- set columns = signals_events_columns() %}
{%- do signals_require(columns, [
    $required
]) %}
{%- set limits = ref('${p}_base_new_event_limits') %}
{%- set stored_events = signals_state('${p}_filtered_events') %}

with loaded as (

    select
        $columns
    from {{ source('atomic', 'events') }}
    where {{ signals_taken(columns, limits) }}

),

dated as (

    -- a clock that runs ahead cannot create days in the future
    select
        *,
        least(claimed_tstamp, load_tstamp) as event_tstamp,
        cast(least(claimed_tstamp, load_tstamp) as date) as day
    from loaded

),

in_scope as (

    select dated.*, limits.seen_before, limits.chunk, $event_key as event_key
    from dated
    inner join {{ limits }} as limits on limits.bucket = $hour
    where
        $stays
        {{- signals_only_added(limits) }}

),

repeated as (

    -- keys of events that came more than once; found by a narrow key, and counted by the event itself below
    select event_key
    from in_scope
    group by event_key
    having count(*) > 1

),

first_copies as (

    -- all rows with one event_id are one event; the first copy that was loaded wins
    select *
    from (
        select
            *,
            count(*) over (partition by event_id) as copies,
            count(case when seen_before then 1 end) over (partition by event_id) as copies_seen_before,
            row_number() over (
                partition by event_id
                order by load_tstamp, collector_tstamp nulls last, event_tstamp, $identifier
            ) as copy_number
        from in_scope
        where event_key in (select event_key from repeated)
    ) as numbered
    where copy_number = 1

    union all

    -- most events came once: they need no order
    select
        in_scope.*,
        1 as copies,
        case when in_scope.seen_before then 1 else 0 end as copies_seen_before,
        1 as copy_number
    from in_scope
    left join repeated on repeated.event_key = in_scope.event_key
    where repeated.event_key is null

),

stored as (

    -- the winners so far of these events; few, found by a narrow key before any wide column is read
    {% if stored_events is not none -%}
    select event_key, event_id, load_tstamp, collector_tstamp, event_tstamp, $identifier, day
    from {{ stored_events }}
    where {{ signals_found_by('event_key', 'in_scope', stored_events) }}
    {%- else -%}
    select event_key, event_id, load_tstamp, collector_tstamp, event_tstamp, $identifier, day
    from in_scope
    where false
    {%- endif %}

)

select
    first_copies.event_id,
    first_copies.event_key,
    first_copies.${identifier},
    first_copies.day,
    first_copies.event_tstamp,
    first_copies.load_tstamp,
    first_copies.collector_tstamp,
    $kept_columns
    first_copies.copies,
    first_copies.copies_seen_before,
    first_copies.seen_before,
    stored.event_id is null
        or $beats_stored as is_winner,
    stored.day as stored_day,
    stored.${identifier} as stored_identifier,
    first_copies.chunk
from first_copies
left join stored on stored.event_key = first_copies.event_key and stored.event_id = first_copies.event_id

union all

-- a row that is not an event, so that it can be seen of which chunk this table is, even when it holds none
select
    $no_event
from (select distinct chunk from {{ limits }}) as planned
