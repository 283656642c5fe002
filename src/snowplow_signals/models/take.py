"""The models that take what was loaded: what to take, its events, the marks on their days, the ledger."""

from __future__ import annotations

from snowplow_signals.definitions import AtomicProperty
from snowplow_signals.dialects.base import Dialect
from snowplow_signals.models.layout import comma_lines, fill
from snowplow_signals.models.leaves import REASONS, loaded_columns, scope_rules, value_of, wanted_property
from snowplow_signals.plan import Plan

BASE_NEW_EVENT_LIMITS = """\
{{ config(materialized='table', schema='scratch', tags=['signals_take']) }}
-- depends_on: {{ ref('${p}_definition') }}
{%- set columns = signals_events_columns() %}
{%- set run = signals_run() %}
{%- set ledger = signals_state('${p}_incremental_manifest', 'snowplow_manifest') %}
{%- set chunks = signals_state('${p}_chunk_manifest', 'snowplow_manifest') %}
{%- set since = signals_look_back_to(ledger) %}

with loaded as (

    select
        $event_id as event_id,
        $load_tstamp as load_tstamp
    from {{ source('atomic', 'events') }}
    where {{ signals_loaded(columns, after=since) }}

),

source_buckets as (

    -- what the events table holds now, per hour of load
    select
        date_trunc('hour', load_tstamp) as bucket,
        count(*) as bucket_rows,
        sum(md5_number_lower(coalesce(event_id, '') || '|' || cast(epoch_us(load_tstamp) as varchar))) as fingerprint
    from loaded
    group by 1

),

processed_buckets as (

    -- what was there when each hour was last taken
    {% if ledger is not none -%}
    select bucket, bucket_rows, fingerprint from {{ ledger }}
    {%- else -%}
    select bucket, bucket_rows, fingerprint from source_buckets where false
    {%- endif %}

),

differing as (

    select
        source_buckets.bucket,
        source_buckets.bucket_rows,
        source_buckets.fingerprint,
        processed_buckets.bucket is not null as seen_before
    from source_buckets
    left join processed_buckets on processed_buckets.bucket = source_buckets.bucket
    where
        source_buckets.bucket <= timestamp '{{ run.planned_at }}'
        and (
            processed_buckets.bucket is null
            or processed_buckets.bucket_rows <> source_buckets.bucket_rows
            or processed_buckets.fingerprint <> source_buckets.fingerprint
        )

),

oldest_first as (

    select
        *,
        dense_rank() over (order by cast(bucket as date)) as load_day,
        sum(bucket_rows) over (order by bucket) - bucket_rows as rows_before
    from differing

),

taken as (

    select *
    from oldest_first
    where
        true
        {%- if run.limit_days >= 0 %}
        and load_day <= greatest({{ run.limit_days }}, 1)
        {%- endif %}
        {%- if run.limit_rows >= 0 %}
        and (rows_before < {{ run.limit_rows }} or rows_before = 0)
        {%- endif %}

)

select
    '{{ run.run_id }}' as run_id,
    timestamp '{{ run.planned_at }}' as planned_at,
    date '{{ run.as_of }}' as as_of,
    {{ signals_next_chunk(chunks) }} as chunk,
    (select count(*) from differing) - (select count(*) from taken) as buckets_left,
    (select coalesce(sum(bucket_rows), 0) from differing) as rows_in_sight,
    (select count(*) from source_buckets where bucket > timestamp '{{ run.planned_at }}') as buckets_ahead,
    taken.bucket,
    taken.bucket_rows,
    taken.fingerprint,
    taken.seen_before
from (select 1 as one) as this_run
left join taken on true
order by taken.bucket
"""

BASE_EVENTS_THIS_RUN = """\
{{ config(materialized='table', schema='scratch', tags=['signals_take']) }}
{%- set columns = signals_events_columns() %}
{%- do signals_require(columns, [
    $required
]) %}
{%- set limits = ref('${p}_base_new_event_limits') %}
{%- set stored_events = signals_state('${p}_filtered_events', 'derived') %}

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

    select dated.*, limits.seen_before
    from dated
    inner join {{ limits }} as limits on limits.bucket = date_trunc('hour', dated.load_tstamp)
    where
        $stays

),

numbered as (

    -- all rows with one event_id are one event; the first copy that was loaded wins
    select
        *,
        count(*) over (partition by event_id) as copies,
        count(case when seen_before then 1 end) over (partition by event_id) as copies_seen_before,
        row_number() over (
            partition by event_id
            order by load_tstamp, collector_tstamp nulls last, event_tstamp, $identifier
        ) as copy_number
    from in_scope

),

first_copies as (

    select * from numbered where copy_number = 1

),

stored as (

    {% if stored_events is not none -%}
    select event_id, load_tstamp, collector_tstamp, event_tstamp, $identifier, day
    from {{ stored_events }}
    where event_id in (select event_id from first_copies)
    {%- else -%}
    select event_id, load_tstamp, collector_tstamp, event_tstamp, $identifier, day
    from first_copies
    where false
    {%- endif %}

)

select
    first_copies.event_id,
    first_copies.${identifier},
    first_copies.day,
    first_copies.event_tstamp,
    first_copies.load_tstamp,
    first_copies.collector_tstamp,
    $kept_columns
    first_copies.copies,
    first_copies.copies_seen_before,
    first_copies.seen_before,
    stored.event_id is null or $beats_stored as is_winner,
    stored.day as stored_day,
    stored.${identifier} as stored_identifier
from first_copies
left join stored on stored.event_id = first_copies.event_id
"""

CHUNK_MANIFEST = """\
{{ config(
    materialized='incremental', incremental_strategy='append', full_refresh=false,
    schema='snowplow_manifest', tags=['signals_take']
) }}
{%- set columns = signals_events_columns() %}
{%- set limits = ref('${p}_base_new_event_limits') %}

-- The accounting of a chunk, written before its events are stored; `is_stored` is set together with them.
with loaded as (

    select
        $columns
    from {{ source('atomic', 'events') }}
    where {{ signals_taken(columns, limits) }}

),

dated as (

    select *, cast(least(claimed_tstamp, load_tstamp) as date) as day from loaded

),

reasons as (

    select
        case
            $reasons
        end as reason
    from dated
    inner join {{ limits }} as limits on limits.bucket = date_trunc('hour', dated.load_tstamp)

),

left_out as (

    select
        $reason_counts
    from reasons

),

in_scope as (

    select
        coalesce(sum(copies), 0) as rows_in_scope,
        count(case when is_winner then 1 end) as rows_used,
        -- a bucket that is taken again shows its rows again; of all other rows that did not win, each is a duplicate
        coalesce(sum(copies_seen_before - case when is_winner and seen_before then 1 else 0 end), 0)
            as rows_seen_before,
        count(case when is_winner and stored_day is not null then 1 end) as winners_replaced
    from {{ ref('${p}_base_events_this_run') }}

)

select
    limits.chunk,
    limits.run_id,
    limits.planned_at,
    limits.as_of,
    cast(in_scope.rows_in_scope + $sum_left_out as bigint) as rows_read,
    cast(in_scope.rows_used as bigint) as rows_used,
    cast(in_scope.rows_in_scope - in_scope.rows_used - in_scope.rows_seen_before as bigint) as rows_duplicate,
    cast(in_scope.rows_seen_before as bigint) as rows_seen_before,
    $left_out_columns,
    cast(in_scope.winners_replaced as bigint) as winners_replaced,
    false as is_stored
from (select distinct chunk, run_id, planned_at, as_of from {{ limits }} where bucket is not null) as limits
cross join left_out
cross join in_scope
"""

DAILY_AGGREGATION_MANIFEST = """\
{{ config(
    materialized='incremental', incremental_strategy='delete+insert', unique_key='day', full_refresh=false,
    schema='snowplow_manifest', tags=['signals_take']
) }}
-- depends_on: {{ ref('${p}_chunk_manifest') }}

-- Marks a day out of date before its events change, so that a run that dies in between leaves the mark behind.
with touched as (

    select day, false as is_left
    from {{ ref('${p}_base_events_this_run') }}
    where is_winner

    union all

    -- where an event was until now: it leaves the day when the day or the identifier of its winner changes
    select stored_day as day, stored_day <> day or stored_identifier <> $identifier as is_left
    from {{ ref('${p}_base_events_this_run') }}
    where is_winner and stored_day is not null

),

marks as (

    select touched.day, max(case when touched.is_left then 1 else 0 end) as is_left, max(limits.chunk) as chunk
    from touched
    cross join (select distinct chunk from {{ ref('${p}_base_new_event_limits') }}) as limits
    group by touched.day

)

select
    marks.day,
    {% if is_incremental() -%}
    coalesce(manifest.events, 0) as events,
    coalesce(manifest.pending_events, 0) as pending_events,
    coalesce(manifest.pending_late_events, 0) as pending_late_events,
    true as is_out_of_date,
    cast(marks.chunk as bigint) as marked_chunk,
    case when marks.is_left = 1 then marks.chunk else manifest.left_chunk end as left_chunk,
    manifest.counted_chunk,
    manifest.aggregated_chunk,
    manifest.aggregated_run_id
from marks
left join {{ this }} as manifest on manifest.day = marks.day
    {%- else -%}
    cast(0 as bigint) as events,
    cast(0 as bigint) as pending_events,
    cast(0 as bigint) as pending_late_events,
    true as is_out_of_date,
    cast(marks.chunk as bigint) as marked_chunk,
    cast(case when marks.is_left = 1 then marks.chunk end as bigint) as left_chunk,
    cast(null as bigint) as counted_chunk,
    cast(null as bigint) as aggregated_chunk,
    cast(null as varchar) as aggregated_run_id
from marks
    {%- endif %}
"""

FILTERED_EVENTS = """\
{{ config(
    materialized='incremental', incremental_strategy='append', full_refresh=false,
    schema='derived', tags=['signals_take'],
    pre_hook="{{ signals_drop_replaced(ref('${p}_base_events_this_run')) }}",
    post_hook="{{ signals_mark_stored(ref('${p}_chunk_manifest'), ref('${p}_base_new_event_limits')) }}"
) }}
-- depends_on: {{ ref('${p}_daily_aggregation_manifest') }}

-- One row per event: its winner, with the properties that the attributes need.
select
    events.event_id,
    events.${identifier},
    events.day,
    events.event_tstamp,
    events.load_tstamp,
    events.collector_tstamp,
    $kept_columns
    cast(limits.chunk as bigint) as chunk
from {{ ref('${p}_base_events_this_run') }} as events
cross join (select distinct chunk from {{ ref('${p}_base_new_event_limits') }}) as limits
where events.is_winner
order by events.day, events.${identifier}
"""

INCREMENTAL_MANIFEST = """\
{{ config(
    materialized='incremental', incremental_strategy='delete+insert', unique_key='bucket', full_refresh=false,
    schema='snowplow_manifest', tags=['signals_take']
) }}
-- depends_on: {{ ref('${p}_filtered_events') }}

-- The ledger: per hour of load, what was there when it was taken.
select bucket, bucket_rows, fingerprint, cast(chunk as bigint) as chunk, run_id
from {{ ref('${p}_base_new_event_limits') }}
where bucket is not null
"""


def base_new_event_limits(plan: Plan, dialect: Dialect) -> str:
    return fill(
        BASE_NEW_EVENT_LIMITS,
        p=plan.project_name,
        event_id=value_of(AtomicProperty(name="event_id"), "text", dialect),
        load_tstamp=value_of(AtomicProperty(name="load_tstamp"), "time", dialect),
    )


def kept_columns(plan: Plan, table: str) -> str:
    """What filtered_events keeps of an event besides its identity and times, each line ending in a comma."""
    names = (*plan.event_fields, *(column.name for column in plan.columns))
    return "\n".join(f"{table}.{name}," for name in names)


def base_events_this_run(plan: Plan, dialect: Dialect) -> str:
    order = ("load_tstamp", "collector_tstamp", "event_tstamp", plan.identifier)
    return fill(
        BASE_EVENTS_THIS_RUN,
        p=plan.project_name,
        identifier=plan.identifier,
        required=comma_lines(required(plan, dialect)),
        columns=comma_lines(loaded_columns(plan, dialect, with_properties=True)),
        stays="\nand ".join(f"({rule.stays})" for rule in scope_rules(plan, dialect)),
        kept_columns=kept_columns(plan, "first_copies"),
        beats_stored=dialect.row_is_less("first_copies", "stored", order, nullable=("collector_tstamp",)),
    )


def required(plan: Plan, dialect: Dialect) -> list[str]:
    """The columns without which nothing can be computed."""
    wanted = [
        (AtomicProperty(name="event_id"), "column event_id"),
        (AtomicProperty(name="load_tstamp"), "column load_tstamp"),
        (plan.identifier_property, f"{dialect.access(plan.identifier_property).column} for the entity's identifier"),
    ]
    return [wanted_property(prop, what, dialect) for prop, what in wanted]


def chunk_manifest(plan: Plan, dialect: Dialect) -> str:
    rules = scope_rules(plan, dialect)
    counted = {rule.reason for rule in rules}
    return fill(
        CHUNK_MANIFEST,
        p=plan.project_name,
        columns=comma_lines(loaded_columns(plan, dialect, with_properties=False)),
        reasons="\n".join(f"when not coalesce({rule.stays}, false) then '{rule.reason}'" for rule in rules),
        reason_counts=comma_lines(
            [f"count(case when reason = '{reason}' then 1 end) as rows_{reason}" for reason in REASONS]
        ),
        sum_left_out=" + ".join(f"left_out.rows_{reason}" for reason in REASONS if reason in counted),
        left_out_columns=comma_lines(
            [f"cast(left_out.rows_{reason} as bigint) as rows_{reason}" for reason in REASONS]
        ),
    )


def daily_aggregation_manifest(plan: Plan, dialect: Dialect) -> str:
    return fill(DAILY_AGGREGATION_MANIFEST, p=plan.project_name, identifier=plan.identifier)


def filtered_events(plan: Plan, dialect: Dialect) -> str:
    return fill(
        FILTERED_EVENTS,
        p=plan.project_name,
        identifier=plan.identifier,
        kept_columns=kept_columns(plan, "events"),
    )


def incremental_manifest(plan: Plan, dialect: Dialect) -> str:
    return fill(INCREMENTAL_MANIFEST, p=plan.project_name)
