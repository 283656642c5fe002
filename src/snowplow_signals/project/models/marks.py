"""The manifests of a take: its accounting, the marks on days and entities, the ledger."""

from __future__ import annotations

from snowplow_signals.dialects.base import Dialect
from snowplow_signals.plan import Plan
from snowplow_signals.project.models.layout import comma_lines, fill, hanging
from snowplow_signals.project.models.leaves import REASONS, ScopeRule, load_hour, loaded_columns, scope_rules

CHUNK_MANIFEST = """\
{{ config(
    materialized='signals_append', schema='snowplow_manifest', tags=['signals_take']
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
    inner join {{ limits }} as limits on limits.bucket = $hour

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
    cast(
        in_scope.rows_in_scope
        $sum_left_out
        as bigint
    ) as rows_read,
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
    materialized='signals_upsert', unique_key='day', schema='snowplow_manifest', tags=['signals_take']
) }}
-- depends_on: {{ ref('${p}_chunk_manifest') }}

-- Marks a day out of date before its events change, so that a run that dies in between leaves the mark behind.
with touched as (

    select day, false as is_left, chunk
    from {{ ref('${p}_base_events_this_run') }}
    where is_winner

    union all

    -- where an event was until now: it leaves the day when the day or the identifier of its winner changes
    select stored_day as day, stored_day <> day or stored_identifier <> $identifier as is_left, chunk
    from {{ ref('${p}_base_events_this_run') }}
    where is_winner and stored_day is not null

),

marks as (

    select day, max(case when is_left then 1 else 0 end) as is_left, max(chunk) as chunk
    from touched
    group by day

)

select
    marks.day,
    {% if signals_is_stored() -%}
    coalesce(manifest.events, 0) as events,
    coalesce(manifest.pending_events, 0) as pending_events,
    coalesce(manifest.pending_late_events, 0) as pending_late_events,
    coalesce(manifest.pending_late_events_in_reach, 0) as pending_late_events_in_reach,
    true as is_out_of_date,
    cast(marks.chunk as bigint) as marked_chunk,
    case when marks.is_left = 1 then marks.chunk else manifest.left_chunk end as left_chunk,
    manifest.counted_chunk,
    manifest.counted_lookback_days,
    manifest.values_chunk,
    manifest.aggregated_chunk
from marks
left join {{ this }} as manifest on manifest.day = marks.day
    {%- else -%}
    cast(0 as bigint) as events,
    cast(0 as bigint) as pending_events,
    cast(0 as bigint) as pending_late_events,
    cast(0 as bigint) as pending_late_events_in_reach,
    true as is_out_of_date,
    cast(marks.chunk as bigint) as marked_chunk,
    cast(case when marks.is_left = 1 then marks.chunk end as bigint) as left_chunk,
    cast(null as bigint) as counted_chunk,
    cast(null as integer) as counted_lookback_days,
    cast(null as bigint) as values_chunk,
    cast(null as bigint) as aggregated_chunk
from marks
    {%- endif %}
"""


ENTITY_DAY_MANIFEST = """\
{{ config(
    materialized='signals_append', schema='snowplow_manifest', tags=['signals_take']
) }}
-- depends_on: {{ ref('${p}_daily_aggregation_manifest') }}

-- Marks, within those days, the entities whose events change: both where an event was and where it will be.
select day, $identifier, cast(chunk as bigint) as chunk
from {{ ref('${p}_base_events_this_run') }}
where is_winner

union distinct

select stored_day as day, stored_identifier as $identifier, cast(chunk as bigint) as chunk
from {{ ref('${p}_base_events_this_run') }}
where is_winner and stored_day is not null
"""


INCREMENTAL_MANIFEST = """\
{{ config(
    materialized='signals_upsert', unique_key='bucket', schema='snowplow_manifest', tags=['signals_take']
) }}
-- depends_on: {{ ref('${p}_filtered_events') }}

-- The ledger: per hour of load, what was there when it was taken.
select bucket, bucket_rows, quick_fingerprint, fingerprint, cast(chunk as bigint) as chunk, run_id
from {{ ref('${p}_base_new_event_limits') }}
where bucket is not null
"""


def chunk_manifest(plan: Plan, dialect: Dialect) -> str:
    rules = scope_rules(plan, dialect)
    counted = {rule.reason for rule in rules}
    return fill(
        CHUNK_MANIFEST,
        p=plan.project_name,
        columns=comma_lines(loaded_columns(plan, dialect, with_properties=False)),
        hour=load_hour(dialect),
        reasons="\n".join(_when_it_goes(rule) for rule in rules),
        reason_counts=comma_lines(
            [f"count(case when reason = '{reason}' then 1 end) as rows_{reason}" for reason in REASONS]
        ),
        sum_left_out="\n".join(f"+ left_out.rows_{reason}" for reason in REASONS if reason in counted),
        left_out_columns=comma_lines(
            [f"cast(left_out.rows_{reason} as bigint) as rows_{reason}" for reason in REASONS]
        ),
    )


def _when_it_goes(rule: ScopeRule) -> str:
    stays = f"\n    {hanging(rule.stays)},\n    false\n" if "\n" in rule.stays else f"{rule.stays}, false"
    return f"when not coalesce({stays}) then '{rule.reason}'"


def daily_aggregation_manifest(plan: Plan, dialect: Dialect) -> str:
    return fill(DAILY_AGGREGATION_MANIFEST, p=plan.project_name, identifier=plan.identifier)


def entity_day_manifest(plan: Plan, dialect: Dialect) -> str:
    return fill(ENTITY_DAY_MANIFEST, p=plan.project_name, identifier=plan.identifier)


def incremental_manifest(plan: Plan, dialect: Dialect) -> str:
    return fill(INCREMENTAL_MANIFEST, p=plan.project_name)
