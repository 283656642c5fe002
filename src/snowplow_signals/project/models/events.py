"""The models that take events: read, put in scope, without duplicates; and where they are kept."""

from __future__ import annotations

from sqlglot import exp

from snowplow_signals.definitions import AtomicProperty
from snowplow_signals.dialects.base import Dialect
from snowplow_signals.plan import Plan
from snowplow_signals.project.models.layout import comma_lines, fill, hanging, in_parentheses
from snowplow_signals.project.models.leaves import load_hour, loaded_columns, scope_rules, wanted_property
from snowplow_signals.project.models.replacing import replacing_events

BASE_EVENTS_THIS_RUN = """\
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
"""


FILTERED_EVENTS = """\
{{ config(
    materialized='$way', schema='derived', tags=['signals_take'],
${stored_by}${replacing}$mark_stored
) }}
-- depends_on: {{ ref('${p}_entity_day_manifest') }}

-- One row per event: its winner, with the properties that the attributes need.
select
    events.event_id,
    events.event_key,
    events.${identifier},
    events.day,
    events.event_tstamp,
    events.load_tstamp,
    events.collector_tstamp,
    $kept_columns
    cast(events.chunk as bigint) as chunk
from {{ ref('${p}_base_events_this_run') }} as events
where events.is_winner
order by events.day, events.${identifier}
"""


def kept_columns(plan: Plan, table: str) -> str:
    """What filtered_events keeps of an event besides its identity and times, each line ending in a comma."""
    fields = (name for name in plan.event_fields if name != plan.identifier)
    names = (*fields, *(column.name for column in plan.columns))
    return "\n".join(f"{table}.{name}," for name in names)


def base_events_this_run(plan: Plan, dialect: Dialect) -> str:
    order = ("load_tstamp", "collector_tstamp", "event_tstamp", plan.identifier)
    return fill(
        BASE_EVENTS_THIS_RUN,
        p=plan.project_name,
        identifier=plan.identifier,
        required=comma_lines(required(plan, dialect)),
        columns=comma_lines(loaded_columns(plan, dialect, with_properties=True)),
        hour=load_hour(dialect),
        event_key=dialect.sql(dialect.event_key(exp.column("event_id"))),
        stays="\nand ".join(in_parentheses(rule.stays) for rule in scope_rules(plan, dialect)),
        kept_columns=kept_columns(plan, "first_copies"),
        no_event=comma_lines(_no_event(plan)),
        beats_stored=hanging(
            dialect.row_is_less("first_copies", "stored", order, nullable=("collector_tstamp",)), " " * 8
        ),
    )


def _no_event(plan: Plan) -> list[str]:
    """The row of base_events_this_run that is not an event: what no union needs to know the type of is null."""
    kept = kept_columns(plan, "").count("\n") + 1 if kept_columns(plan, "") else 0
    empty = ["null"] * (7 + kept)
    return [*empty, "0", "0", "false", "false", "null", "null", "chunk"]


def required(plan: Plan, dialect: Dialect) -> list[str]:
    """The columns without which nothing can be computed."""
    wanted = [
        (AtomicProperty(name="event_id"), "column event_id"),
        (AtomicProperty(name="load_tstamp"), "column load_tstamp"),
        (plan.identifier_property, f"{dialect.access(plan.identifier_property).column} for the entity's identifier"),
    ]
    return [wanted_property(prop, what, dialect) for prop, what in wanted]


MARK_STORED = """\
    post_hook="{{ signals_mark_stored(ref('${p}_chunk_manifest'), ref('${p}_base_new_event_limits')) }}\""""


def filtered_events(plan: Plan, dialect: Dialect) -> str:
    replacing = replacing_events(plan, dialect)
    return fill(
        FILTERED_EVENTS,
        mark_stored=fill(MARK_STORED, p=plan.project_name),
        way=replacing.way,
        replacing=replacing.lines,
        p=plan.project_name,
        identifier=plan.identifier,
        kept_columns=kept_columns(plan, "events"),
        stored_by=dialect.stored_by(("day", plan.identifier), ("event_key",)),
    )
