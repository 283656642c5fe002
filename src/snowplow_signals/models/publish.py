"""The models that bring touched days up to date and publish: days, daily states, attributes, history."""

from __future__ import annotations

from sqlglot import exp

from snowplow_signals.aggregates import BY_NAME, BY_STATE, ValuesAggregation
from snowplow_signals.aggregates.base import collected_cte
from snowplow_signals.dialects.base import Dialect
from snowplow_signals.models.layout import comma_lines, fill, jinja_safe
from snowplow_signals.models.leaves import REASONS, filter_flags, rendered, window_flag
from snowplow_signals.plan import Plan, PlannedAttribute, Slot

DAYS_OUT_OF_DATE = """\
{{ config(
    materialized='table', schema='scratch', tags=['signals_publish'],
    post_hook="{{ signals_count_pending(ref('${p}_daily_aggregation_manifest'), this) }}"
) }}
{%- set lookback_days = signals_whole_number('snowplow__late_event_lookback_days') %}
{%- set least_late_events = signals_whole_number('snowplow__min_late_events_to_process') %}

-- Every day whose events changed since it was aggregated, what waits on it, and whether it waits on.
with out_of_date as (

    select * from {{ ref('${p}_daily_aggregation_manifest') }} where is_out_of_date

),

to_count as (

    -- a day that was not touched since it was counted is not counted again
    select day, coalesce(aggregated_chunk, 0) as aggregated_chunk
    from out_of_date
    where counted_chunk is null or counted_chunk < marked_chunk

),

waiting as (

    select
        events.day,
        events.chunk > to_count.aggregated_chunk as is_pending,
        cast(events.load_tstamp as date) > events.day as is_late
    from {{ ref('${p}_filtered_events') }} as events
    inner join to_count on to_count.day = events.day

),

counted as (

    select
        day,
        count(*) as events,
        count(case when is_pending and not is_late then 1 end) as pending_events,
        count(case when is_pending and is_late then 1 end) as pending_late_events
    from waiting
    group by day

),

counts as (

    select
        out_of_date.day,
        out_of_date.marked_chunk,
        out_of_date.left_chunk,
        out_of_date.aggregated_chunk,
        case when to_count.day is null then out_of_date.events else coalesce(counted.events, 0) end as events,
        case when to_count.day is null then out_of_date.pending_events else coalesce(counted.pending_events, 0) end
            as pending_events,
        case
            when to_count.day is null then out_of_date.pending_late_events
            else coalesce(counted.pending_late_events, 0)
        end as pending_late_events
    from out_of_date
    left join to_count on to_count.day = out_of_date.day
    left join counted on counted.day = out_of_date.day

),

newest_load as (

    select cast(max(bucket) as date) as load_date from {{ ref('${p}_incremental_manifest') }}

)

select
    counts.day,
    counts.marked_chunk,
    counts.events,
    counts.pending_events,
    counts.pending_late_events,
    case
        when counts.aggregated_chunk is null then true
        when counts.left_chunk > counts.aggregated_chunk then true
        when counts.pending_events > 0 then true
        when counts.pending_late_events = 0 then true
        else
            counts.pending_late_events >= {{ least_late_events }}
            {%- if lookback_days >= 0 %}
            and newest_load.load_date - counts.day <= {{ lookback_days }}
            {%- endif %}
    end as is_due
from counts
cross join newest_load
order by counts.day
"""

DAYS_TO_PROCESS = """\
{{ config(materialized='table', schema='scratch', tags=['signals_publish']) }}

-- The days that this run aggregates.
select day, marked_chunk, events, pending_events, pending_late_events
from {{ ref('${p}_days_out_of_date') }}
where is_due
order by day
"""

DAILY_VALUES = """\
{{ config(
    materialized='incremental', incremental_strategy='append', full_refresh=false,
    schema='derived', tags=['signals_publish'],
    pre_hook="{{ signals_replace_days(ref('${p}_days_to_process')) }}"
) }}
{%- set days = ref('${p}_days_to_process') %}

-- States of lists, frequencies and distinct counts: per entity and day, each value with its events and its last event.
with events as (

    select
        *,
        $flags
    from {{ ref('${p}_filtered_events') }}
    where {{ signals_in_days(days) }}

)

$slots
"""

DAILY_VALUES_SLOT = """\
-- $users
select
    $identifier,
    day,
    '$slot' as slot,
    $value as value,
    count(*) as n,
    max(event_tstamp) as last_tstamp,
    $last_event_id as last_event_id
from events
where $condition
group by $identifier, day, $value"""

DAILY_AGGREGATES = """\
{{ config(
    materialized='incremental', incremental_strategy='append', full_refresh=false,
    schema='derived', tags=['signals_publish'],
    pre_hook="{{ signals_replace_days(ref('${p}_days_to_process')) }}",
    post_hook="{{ signals_mark_aggregated(ref('${p}_daily_aggregation_manifest'), ref('${p}_days_to_process'), ref('${p}_base_new_event_limits')) }}"
) }}
$depends_on
{%- set days = ref('${p}_days_to_process') %}

-- Partial states per entity and day.
with events as (

    select
        *,
        $flags
    from {{ ref('${p}_filtered_events') }}
    where {{ signals_in_days(days) }}

)

select
    $identifier,
    day,
    count(*) as events,
    $states
from events
group by $identifier, day
order by day, $identifier
"""

ATTRIBUTES_THIS_RUN = """\
{{ config(materialized='table', schema='scratch', tags=['signals_publish']) }}
{%- set limits = ref('${p}_base_new_event_limits') %}
{%- set as_of = signals_this_run(limits, 'as_of') %}
{%- set published = signals_state('${p}_attributes', 'derived') %}
{%- set removed = signals_state('${p}_removed_entities', 'derived') %}
{%- set is_comparable = signals_has_columns(published, [$output_names]) %}

with days as (

    select
        *,
        $windows
    from {{ ref('${p}_daily_aggregates') }}
    where day <= date '{{ as_of }}'

),

merged as (

    select
        $identifier,
        $merges
    from days
    group by $identifier

),

$value_ctes
computed as (

    select
        merged.${identifier},
        $finals
    from merged
    $joins

),

published as (

    {% if published is not none -%}
    select * from {{ published }}
    {%- else -%}
    select *, cast(null as timestamp) as updated_at from computed where false
    {%- endif %}

),

-- later than any change before it, whatever the clock says
now_publishing as (

    select
        greatest(
            timestamp '{{ signals_this_run(limits, 'planned_at') }}',
            (select max(updated_at) + interval 1 microsecond from published)
            {%- if removed is not none %},
            (select max(removed_at) + interval 1 microsecond from {{ removed }})
            {%- endif %}
        ) as updated_at

)

select
    coalesce(computed.${identifier}, published.${identifier}) as $identifier,
    $computed_columns
    now_publishing.updated_at,
    case
        when published.${identifier} is null then 'new'
        when computed.${identifier} is null then 'removed'
        else 'changed'
    end as change
from computed
full outer join published on published.${identifier} = computed.${identifier}
cross join now_publishing
where
    published.${identifier} is null
    or computed.${identifier} is null
    {%- if is_comparable %}
    $differs
    {%- else %}
    or true
    {%- endif %}
"""

ATTRIBUTES = """\
{{ config(
    materialized='incremental', incremental_strategy='append', full_refresh=false,
    schema='derived', tags=['signals_publish'],
    pre_hook="{{ signals_make_room(ref('${p}_attributes_this_run'), '$identifier', [$output_names]) }}"
) }}
-- depends_on: {{ ref('${p}_removed_entities') }}

-- One row per $identifier, one column per attribute; updated_at: the run in which the row's values last changed.
select
    $identifier,
    $names
    updated_at
from {{ ref('${p}_attributes_this_run') }}
where change <> 'removed'
"""

REMOVED_ENTITIES = """\
{{ config(
    materialized='incremental', incremental_strategy='append', full_refresh=false,
    schema='derived', tags=['signals_publish'],
    pre_hook="{{ signals_take_back(ref('${p}_attributes_this_run'), '$identifier') }}"
) }}

-- Entities whose row disappeared, so that they can be removed wherever it was copied to; one that returns leaves.
select $identifier, updated_at as removed_at
from {{ ref('${p}_attributes_this_run') }}
where change = 'removed'
"""

RUN_HISTORY = """\
{{ config(
    materialized='incremental', incremental_strategy='delete+insert', unique_key='run_id', full_refresh=false,
    schema='snowplow_manifest', tags=['signals_publish']
) }}
-- depends_on: {{ ref('${p}_attributes') }}
{%- set limits = ref('${p}_base_new_event_limits') %}

-- The accounting of each run; a run that died keeps the rows of the chunks that it stored.
with this_run as (

    select distinct run_id, planned_at, as_of from {{ limits }}

),

stored as (

    select
        run_id,
        min(planned_at) as planned_at,
        max(as_of) as as_of,
        $sums
    from {{ ref('${p}_chunk_manifest') }}
    where is_stored
    group by run_id

),

runs as (

    select run_id, planned_at, as_of, true as is_this_run from this_run

    union all

    select run_id, planned_at, as_of, false as is_this_run
    from stored
    where
        run_id not in (select run_id from this_run)
        {%- if is_incremental() %}
        and run_id not in (select run_id from {{ this }})
        {%- endif %}

),

days as (

    select count(*) as days_aggregated from {{ ref('${p}_days_to_process') }}

),

deferred as (

    select count(*) as days_deferred, coalesce(sum(pending_late_events), 0) as events_deferred
    from {{ ref('${p}_daily_aggregation_manifest') }}
    where is_out_of_date

),

published as (

    select count(*) as entities from {{ ref('${p}_attributes') }}

),

changed as (

    select count(*) as entities_changed from {{ ref('${p}_attributes_this_run') }}

)

select
    runs.run_id,
    runs.planned_at,
    case when runs.is_this_run then {{ signals_clock() }} end as finished_at,
    runs.as_of,
    $counts,
    cast(case when runs.is_this_run then days.days_aggregated end as bigint) as days_aggregated,
    cast(case when runs.is_this_run then deferred.days_deferred end as bigint) as days_deferred,
    cast(case when runs.is_this_run then deferred.events_deferred end as bigint) as events_deferred,
    cast(case when runs.is_this_run then published.entities end as bigint) as entities,
    cast(case when runs.is_this_run then changed.entities_changed end as bigint) as entities_changed
from runs
left join stored on stored.run_id = runs.run_id
cross join days
cross join deferred
cross join published
cross join changed
"""

_COUNTS = ("rows_read", "rows_used", "rows_duplicate", "rows_seen_before", *(f"rows_{r}" for r in REASONS))
ROW_COUNTS = (*_COUNTS, "winners_replaced")
"""The columns of run_history that count rows."""


def days_out_of_date(plan: Plan, dialect: Dialect) -> str:
    return fill(DAYS_OUT_OF_DATE, p=plan.project_name)


def days_to_process(plan: Plan, dialect: Dialect) -> str:
    return fill(DAYS_TO_PROCESS, p=plan.project_name)


def _flags(slots: tuple[Slot, ...], dialect: Dialect) -> str:
    flags = filter_flags(slots, dialect)
    return comma_lines(flags) if flags else "true as is_event"


def daily_values(plan: Plan, dialect: Dialect) -> str:
    return fill(
        DAILY_VALUES,
        p=plan.project_name,
        flags=_flags(plan.value_slots, dialect),
        slots="\n\nunion all\n\n".join(_values_of(slot, plan, dialect) for slot in plan.value_slots),
    )


def _values_of(slot: Slot, plan: Plan, dialect: Dialect) -> str:
    last = dialect.max_by(exp.column("event_id"), exp.column("event_tstamp"), exp.column("event_id"))
    conditions = [f"{slot.filter.name}"] if slot.filter.name else []
    return fill(
        DAILY_VALUES_SLOT,
        users="for " + ", ".join(item.name for item in plan.attributes if item.slot == slot),
        identifier=plan.identifier,
        slot=slot.name,
        value=slot.value.name,
        last_event_id=dialect.sql(last),
        condition=" and ".join([*conditions, f"{slot.value.name} is not null"]),
    )


def daily_aggregates(plan: Plan, dialect: Dialect) -> str:
    states = []
    for slot in plan.day_slots:
        for column in BY_STATE[slot.state].daily(slot, dialect):
            states.append(f"{rendered(column.expression, dialect)} as {column.name}")
    depends_on = f"-- depends_on: {{{{ ref('{plan.project_name}_daily_values') }}}}" if plan.value_slots else ""
    text = DAILY_AGGREGATES if states else DAILY_AGGREGATES.replace("as events,\n    $states", "as events")
    return fill(
        text,
        p=plan.project_name,
        identifier=plan.identifier,
        depends_on=depends_on,
        flags=_flags(plan.day_slots, dialect),
        states=comma_lines(states),
    )


def attributes_this_run(plan: Plan, dialect: Dialect) -> str:
    windows = [window for window in plan.windows if window.days is not None]
    flags = [f"{{{{ signals_in_window(limits, {window.days}) }}}} as in_{window.name}" for window in windows] or [
        "true as in_lifetime"
    ]
    names = [attribute.name for attribute in plan.attributes]
    return fill(
        ATTRIBUTES_THIS_RUN,
        p=plan.project_name,
        identifier=plan.identifier,
        output_names=_output_names(plan),
        windows=comma_lines(flags),
        merges=comma_lines(_merges(plan, dialect) or ["count(*) as days"]),
        value_ctes=_value_ctes(plan, dialect),
        finals=comma_lines([_final(attribute, dialect) for attribute in plan.attributes]),
        joins="\n".join(_join(attribute, plan) for attribute in plan.attributes if _is_values(attribute)),
        computed_columns="\n".join(f"computed.{name}," for name in names),
        differs="\n".join(f"or {_differs(attribute, dialect)}" for attribute in plan.attributes),
    )


def _output_names(plan: Plan) -> str:
    names = [plan.identifier, *(attribute.name for attribute in plan.attributes), "updated_at"]
    return ", ".join(f"'{name}'" for name in names)


def _is_values(attribute: PlannedAttribute) -> bool:
    return attribute.slot.state == "values"


def _merges(plan: Plan, dialect: Dialect) -> list[str]:
    """Each slot merged over each window that some attribute asks for, once."""
    merges: dict[str, str] = {}
    for attribute in plan.attributes:
        if _is_values(attribute) or attribute.merged in merges:
            continue
        slot = attribute.slot
        columns = BY_STATE[slot.state].merge(slot, attribute.merged, window_flag(attribute.window), dialect)
        merges[attribute.merged] = comma_lines(
            [f"{rendered(column.expression, dialect)} as {column.name}" for column in columns]
        )
    return list(merges.values())


def _final(attribute: PlannedAttribute, dialect: Dialect) -> str:
    expression = BY_NAME[attribute.aggregation].final(attribute, dialect)
    return f"{rendered(expression, dialect)} as {attribute.name}"


def _join(attribute: PlannedAttribute, plan: Plan) -> str:
    name = collected_cte(attribute)
    return f"left join {name} on {name}.{plan.identifier} = merged.{plan.identifier}"


def _differs(attribute: PlannedAttribute, dialect: Dialect) -> str:
    old, new = (exp.column(attribute.name, table=table) for table in ("published", "computed"))
    type_name = "timestamp" if attribute.aggregation.startswith("time_since") else attribute.type
    return f"({dialect.sql(dialect.differs(old, new, type_name))})"


VALUES_CTE = """\
$merged as (

    select
        $identifier,
        value,
        sum(n) as n,
        max(last_tstamp) as last_tstamp,
        $last_event_id as last_event_id
    from {{ ref('${p}_daily_values') }}
    where slot = '$slot' and day <= date '{{ as_of }}'$window
    group by $identifier, value

),
"""

COLLECTED_CTE = """\
$name as (

    select $identifier, $collect as collected
    from (
        select
            *,
            row_number() over (
                partition by $identifier, fitting is null
                order by $ranking
            ) as place
        from (select *, $fitting as fitting from $merged) as fitted
    ) as ranked
    group by $identifier

),
"""


def _value_ctes(plan: Plan, dialect: Dialect) -> str:
    ctes: dict[str, str] = {}
    for attribute in plan.attributes:
        if not _is_values(attribute):
            continue
        ctes.setdefault(attribute.merged, _values_cte(attribute, plan, dialect))
        ctes[collected_cte(attribute)] = _collected(attribute, plan, dialect)
    return "\n".join(ctes.values())


def _values_cte(attribute: PlannedAttribute, plan: Plan, dialect: Dialect) -> str:
    days = attribute.window.days
    return fill(
        VALUES_CTE,
        p=plan.project_name,
        merged=attribute.merged,
        identifier=plan.identifier,
        slot=attribute.slot.name,
        last_event_id=dialect.sql(dialect.max_by(exp.column("last_event_id"), exp.column("last_tstamp"))),
        window="" if days is None else f" and {{{{ signals_in_window(limits, {days}) }}}}",
    )


def _collected(attribute: PlannedAttribute, plan: Plan, dialect: Dialect) -> str:
    aggregation = BY_NAME[attribute.aggregation]
    if not isinstance(aggregation, ValuesAggregation):
        raise TypeError(attribute.aggregation)
    return fill(
        COLLECTED_CTE,
        name=collected_cte(attribute),
        identifier=plan.identifier,
        merged=attribute.merged,
        collect=rendered(aggregation.collect(attribute, dialect), dialect),
        ranking=", ".join(dialect.sql(item) for item in aggregation.ranking(attribute, dialect)),
        fitting=jinja_safe(dialect.sql(aggregation.fitting(attribute, dialect))),
    )


def attributes(plan: Plan, dialect: Dialect) -> str:
    return fill(
        ATTRIBUTES,
        p=plan.project_name,
        identifier=plan.identifier,
        output_names=_output_names(plan),
        names="\n".join(f"{attribute.name}," for attribute in plan.attributes),
    )


def removed_entities(plan: Plan, dialect: Dialect) -> str:
    return fill(REMOVED_ENTITIES, p=plan.project_name, identifier=plan.identifier)


def run_history(plan: Plan, dialect: Dialect) -> str:
    return fill(
        RUN_HISTORY,
        p=plan.project_name,
        sums=comma_lines([f"sum({name}) as {name}" for name in ROW_COUNTS]),
        counts=comma_lines([f"cast(coalesce(stored.{name}, 0) as bigint) as {name}" for name in ROW_COUNTS]),
    )
