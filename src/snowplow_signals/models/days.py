"""The models that decide which days are aggregated, and whose rows may change."""

from __future__ import annotations

from sqlglot import exp

from snowplow_signals.dialects.base import Dialect
from snowplow_signals.models.layout import fill
from snowplow_signals.plan import Plan

DAYS_OUT_OF_DATE = """\
{{ config(
    materialized='signals_table', schema='scratch', tags=['signals_publish'],
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
            and $days_behind <= {{ lookback_days }}
            {%- endif %}
    end as is_due
from counts
cross join newest_load
order by counts.day
"""


DAYS_TO_PROCESS = """\
{{ config(materialized='signals_table', schema='scratch', tags=['signals_publish']) }}

-- The days that this run aggregates.
select day, marked_chunk, events, pending_events, pending_late_events
from {{ ref('${p}_days_out_of_date') }}
where is_due
order by day
"""


ENTITY_DAYS_TO_PROCESS = """\
{{ config(materialized='signals_table', schema='scratch', tags=['signals_publish']) }}

-- The entities of those days whose events changed: all of a new day, few of an old one.
select distinct marks.day, marks.$identifier
from {{ ref('${p}_entity_day_manifest') }} as marks
inner join {{ ref('${p}_days_to_process') }} as days on days.day = marks.day
order by day
"""


ENTITY_MANIFEST = """\
{{ config(
    materialized='signals_append', schema='snowplow_manifest', tags=['signals_publish']
) }}
{%- set limits = ref('${p}_base_new_event_limits') %}
{%- set states = signals_state('${p}_daily_aggregates', 'derived') %}
{%- set publication = signals_state('${p}_publication_manifest', 'snowplow_manifest') %}

-- Marks the entities whose row may change, before anything that it is computed from does.
select $identifier
from {{ ref('${p}_entity_days_to_process') }}

union distinct

-- active on a day that enters or leaves a window because time went on
{% if states is not none and publication is not none -%}
select $identifier
from {{ states }}
where {{ signals_moved_days(publication, limits, [$windows]) }}
{%- else -%}
select $identifier
from {{ ref('${p}_entity_days_to_process') }}
where false
{%- endif %}
"""


def days_out_of_date(plan: Plan, dialect: Dialect) -> str:
    behind = dialect.days_between(exp.column("day", table="counts"), exp.column("load_date", table="newest_load"))
    return fill(DAYS_OUT_OF_DATE, p=plan.project_name, days_behind=dialect.sql(behind))


def days_to_process(plan: Plan, dialect: Dialect) -> str:
    return fill(DAYS_TO_PROCESS, p=plan.project_name)


def entity_days_to_process(plan: Plan, dialect: Dialect) -> str:
    return fill(ENTITY_DAYS_TO_PROCESS, p=plan.project_name, identifier=plan.identifier)


def entity_manifest(plan: Plan, dialect: Dialect) -> str:
    days = ", ".join(str(window.days) for window in plan.windows if window.days is not None)
    return fill(ENTITY_MANIFEST, p=plan.project_name, identifier=plan.identifier, windows=days)
