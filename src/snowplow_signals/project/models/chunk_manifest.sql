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
    where
        true
        {{- signals_only_added(limits) }}

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
from (select distinct chunk, run_id, planned_at, as_of from {{ limits }} where bucket is not null$unless_counted) as limits
cross join left_out
cross join in_scope
