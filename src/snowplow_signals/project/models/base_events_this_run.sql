{{ config(materialized='signals_table', schema='scratch', tags=['signals_take']) }}
{%- set columns = signals_events_columns() %}
{%- do signals_require(columns, [
    $required
]) %}
{%- set limits = ref('${p}_base_new_event_limits') %}
{%- set stored_events = signals_state('${p}_filtered_events') %}
{%- set taken = signals_taken(columns, limits) %}
{%- set bound = signals_setting('snowplow__duplicate_lookback_days') %}
{%- set event = 'event_id' if bound < 0 else 'event_id, occurrence' %}
{%- set arrived %}
    select
        $event_key as event_key,
        cast(least(claimed_tstamp, load_tstamp) as date) as day
    from (
        select
            $key_columns
        from {{ source('atomic', 'events') }}
        where {{ taken }}
    ) as loaded
{%- endset %}

with loaded as (

    select
        $columns
    from {{ source('atomic', 'events') }}
    where {{ taken }}

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

{% if bound >= 0 -%}
apart as (

    -- copies whose days are more than {{ bound }} apart are events of their own
    select *, sum(is_apart) over (partition by event_id order by day) as occurrence
    from (
        select
            *,
            case
                when $days_after_before <= {{ bound }} then 0
                else 1
            end as is_apart
        from in_scope
        where event_key in (select event_key from repeated)
    ) as compared

),

{% endif -%}
first_copies as (

    -- all rows with one event_id are one event; the first copy that was loaded wins
    select *
    from (
        select
            *,
            count(*) over (partition by {{ event }}) as copies,
            count(case when seen_before then 1 end) over (partition by {{ event }}) as copies_seen_before,
            row_number() over (
                partition by {{ event }}
                order by load_tstamp, collector_tstamp nulls last, event_tstamp, $identifier
            ) as copy_number
        from {{ 'in_scope' if bound < 0 else 'apart' }}
        where event_key in (select event_key from repeated)
    ) as numbered
    where copy_number = 1

    union all

    -- most events came once: they need no order
    select
        in_scope.*,
        {%- if bound >= 0 %}
        1 as is_apart,
        1 as occurrence,
        {%- endif %}
        1 as copies,
        case when in_scope.seen_before then 1 else 0 end as copies_seen_before,
        1 as copy_number
    from in_scope
    left join repeated on repeated.event_key = in_scope.event_key
    where repeated.event_key is null

),

stored as (

    -- the winners so far of these events; few, found by a narrow key and their days before any wide column is read
    {% if stored_events is not none -%}
    select event_key, event_id, load_tstamp, collector_tstamp, event_tstamp, $identifier, day
    from {{ stored_events }}
    where {{ signals_stored_copies(stored_events, arrived, bound) }}
    {%- else -%}
    select event_key, event_id, load_tstamp, collector_tstamp, event_tstamp, $identifier, day
    from in_scope
    where false
    {%- endif %}

)
{%- if bound >= 0 %},

near as (

    -- of several the first, and each gives way to one
    select
        stored.*,
        first_copies.day as near_day,
        row_number() over (
            partition by first_copies.event_id, first_copies.day
            order by $stored_rank
        ) as place,
        row_number() over (
            partition by stored.event_id, stored.day
            order by $first_rank
        ) as place_of_stored
    from first_copies
    inner join stored on stored.event_key = first_copies.event_key and stored.event_id = first_copies.event_id
    where abs($days_apart) <= {{ bound }}

)
{%- endif %}

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
    {% if bound < 0 -%}
    stored.day as stored_day,
    stored.${identifier} as stored_identifier,
    {%- else -%}
    case when stored.place_of_stored = 1 then stored.day end as stored_day,
    case when stored.place_of_stored = 1 then stored.${identifier} end as stored_identifier,
    {%- endif %}
    first_copies.chunk
from first_copies
{% if bound < 0 -%}
left join stored on stored.event_key = first_copies.event_key and stored.event_id = first_copies.event_id
{%- else -%}
left join near as stored
    on stored.event_id = first_copies.event_id and stored.near_day = first_copies.day and stored.place = 1
{%- endif %}

union all

-- a row that is not an event, so that it can be seen of which chunk this table is, even when it holds none
select
    $no_event
from (select distinct chunk from {{ limits }}) as planned
