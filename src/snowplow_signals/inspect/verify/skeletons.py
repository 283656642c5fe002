"""The text of the plain query, around its leaves. `$name` stands for what `query` fills in.

Leaves are laid out on one line: a newline in a user's text must not be indented, so it is kept as a NUL, which no
user's text holds, until the query is whole.
"""

from __future__ import annotations

from snowplow_signals.project.models.layout import fill


def one_line(sql: str) -> str:
    """A leaf that indentation must not change."""
    return sql.replace("\n", "\0")


def whole(skeleton: str, **parts: str) -> str:
    """The skeleton, filled, with every leaf as it was."""
    return fill(skeleton, **parts).replace("\0", "\n")


EVENTS = """\
with loaded as (

    select
        $columns
    from $events
    $only

),

dated as (

    -- a clock that runs ahead creates no days in the future
    select
        *,
        least(claimed_tstamp, load_tstamp) as event_tstamp,
        cast(least(claimed_tstamp, load_tstamp) as date) as day
    from loaded
    where load_tstamp is not null

),

$processed
in_scope as (

    select dated.*
    from dated
    $joins
    where
        $stays

),

${apart}winners as (

    -- all rows with one event_id are one event: the copy that was loaded first
    select *
    from (
        select
            *,
            row_number() over (
                partition by $event
                order by load_tstamp, collector_tstamp nulls last, event_tstamp, entity
            ) as copy
        from $copies
    ) as copies
    where copy = 1

),

chosen as (

    select *, row_number() over (partition by entity order by event_tstamp, event_id) as place
    from winners
    where day <= $as_of$entities and $once

)"""

APART = """\
apart as (

    -- copies whose days are more than $bound apart are events of their own
    select *, sum(is_apart) over (partition by event_id order by day) as occurrence
    from (
        select *, case when $days_after_before <= $bound then 0 else 1 end as is_apart
        from in_scope
    ) as compared

),

"""

PROCESSED = """\
hours as (

    -- what a run has taken; an hour that holds other rows now is not settled
    select ledger.bucket, ledger.chunk, coalesce(found.bucket_rows = ledger.bucket_rows, false) as is_settled
    from $ledger as ledger
    left join (
        select $source_hour as bucket, count(*) as bucket_rows
        from $events
        group by 1
    ) as found on found.bucket = ledger.bucket

),

pending as (

    -- events that were taken and are not aggregated: nothing of them was published
    select events.event_id, events.day, coalesce(days.aggregated_chunk, 0) as aggregated_chunk
    from $filtered_events as events
    inner join $days as days on days.day = events.day
    where days.is_out_of_date and events.chunk > coalesce(days.aggregated_chunk, 0)

),

known as (

    -- of an hour that is not settled only the rows that became events count: the others came later
    select event_id, load_tstamp
    from $filtered_events
    where $hour in (select bucket from hours where not is_settled)

),
"""

PROCESSED_JOINS = """\
inner join hours on hours.bucket = $dated_hour
left join pending on pending.event_id = dated.event_id$near
left join known on known.event_id = dated.event_id and known.load_tstamp = dated.load_tstamp"""

RECOMPUTED = """\
$events,

$ranked
plain as (

    select
        entity,
        $plain
    from chosen
    group by entity

),

recomputed as (

    select
        plain.entity,
        $finals
    from plain
    $joins

)"""

ELEMENTS = """\
$name as (

    -- an element is in its event's place, and in its own there
    select
        chosen.entity,
        chosen.event_tstamp,
        chosen.place * 1000000 + $place as place,
        $value as value,
        $feeds as is_fed
    from chosen
    $join

)"""

OVER_ELEMENTS = """\
$name as (

    select
        entity,
        $values
    from $events
    group by entity

)"""

VALUES = """\
$recomputed

select entity, count(*) over () as entities, $values
from recomputed
order by entity
limit $limit
"""

COMPARED = """\
$recomputed,

stored as (

    select * from $attributes$stored_entities

),

compared as (

    select
        coalesce(recomputed.entity, stored.$identifier) as entity,
        recomputed.entity is not null as is_expected,
        stored.$identifier is not null as is_stored,
        $cells
    from recomputed
    full outer join stored on stored.$identifier = recomputed.entity
    where $once

)

select (select count(*) from compared) as entities, different.entity, different.is_expected, different.is_stored, $names
from (select 1 as one) as this
left join (
    select *, 1 as one from compared
    where
        not is_expected
        or not is_stored
        $differs
) as different on different.one = this.one
order by different.entity
"""

FEEDING = """\
$events

select
    entity,
    event_id,
    load_tstamp,
    event_tstamp,
    $flags
from chosen
"""

STORED = """\
select
    events.$identifier,
    events.event_id,
    events.load_tstamp,
    events.event_tstamp,
    $flags,
    coalesce(days.is_out_of_date and events.chunk > coalesce(days.aggregated_chunk, 0), false) as is_pending
from (select * from $filtered_events where day <= $as_of and $identifier in ($entities)) as events
left join $days as days on days.day = events.day
"""
