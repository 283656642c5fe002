-- Made by snowplow-batch-engine from view batch_ecommerce_attributes, version 1. Change the view, not this file.
{%- do signals_begin_model() %}
{{ config(
    materialized='signals_upsert', unique_key='run_id', schema='snowplow_manifest', tags=['signals_publish']
) }}
-- depends_on: {{ ref('batch_ecommerce_attributes_1_publication_manifest') }}
{%- set limits = ref('batch_ecommerce_attributes_1_base_new_event_limits') %}

-- The accounting of each run; a run that died keeps the rows of the chunks that it stored.
with this_run as (

    select distinct run_id, planned_at, as_of, chunk from {{ limits }}

),

stored as (

    select
        run_id,
        min(planned_at) as planned_at,
        max(as_of) as as_of,
        sum(rows_read) as rows_read,
        sum(rows_used) as rows_used,
        sum(rows_duplicate) as rows_duplicate,
        sum(rows_seen_before) as rows_seen_before,
        sum(rows_incomplete) as rows_incomplete,
        sum(rows_before_start) as rows_before_start,
        sum(rows_other_app) as rows_other_app,
        sum(rows_no_entity) as rows_no_entity,
        sum(rows_irrelevant) as rows_irrelevant,
        sum(winners_replaced) as winners_replaced
    from {{ ref('batch_ecommerce_attributes_1_chunk_manifest') }}
    where is_stored
    group by run_id

),

runs as (

    select run_id, planned_at, as_of, chunk, true as is_this_run from this_run

    union all

    select run_id, planned_at, as_of, null as chunk, false as is_this_run
    from stored
    where
        run_id not in (select run_id from this_run)
        {%- if signals_is_stored() %}
        -- one that published before it died may have stored more since
        and not {{ signals_in(['run_id', 'rows_read'], this) }}
        {%- endif %}

),

days as (

    select count(*) as days_aggregated from {{ ref('batch_ecommerce_attributes_1_days_out_of_date') }} where is_due

),

deferred as (

    select count(*) as days_deferred, coalesce(sum(pending_late_events), 0) as events_deferred
    from {{ ref('batch_ecommerce_attributes_1_daily_aggregation_manifest') }}
    where is_out_of_date

),

published as (

    select count(*) as entities from {{ ref('batch_ecommerce_attributes_1_attributes') }}

),

changed as (

    select count(*) as entities_changed
    from {{ ref('batch_ecommerce_attributes_1_attributes_this_run') }}
    where change in ('new', 'changed', 'removed')

),

-- a run that publishes after every chunk has a line already; what is said twice of one chunk counts once
so_far as (

    {% if signals_is_stored() -%}
    select
        coalesce(max(chunk), 0) as chunk,
        coalesce(max(days_aggregated), 0) as days_aggregated,
        coalesce(max(entities_changed), 0) as entities_changed
    from {{ this }}
    where run_id in (select run_id from this_run)
    {%- else -%}
    select 0 as chunk, 0 as days_aggregated, 0 as entities_changed
    {%- endif %}

)

select
    runs.run_id,
    runs.planned_at,
    case when runs.is_this_run then {{ signals_clock() }} end as finished_at,
    runs.as_of,
    cast(coalesce(stored.rows_read, 0) as bigint) as rows_read,
    cast(coalesce(stored.rows_used, 0) as bigint) as rows_used,
    cast(coalesce(stored.rows_duplicate, 0) as bigint) as rows_duplicate,
    cast(coalesce(stored.rows_seen_before, 0) as bigint) as rows_seen_before,
    cast(coalesce(stored.rows_incomplete, 0) as bigint) as rows_incomplete,
    cast(coalesce(stored.rows_before_start, 0) as bigint) as rows_before_start,
    cast(coalesce(stored.rows_other_app, 0) as bigint) as rows_other_app,
    cast(coalesce(stored.rows_no_entity, 0) as bigint) as rows_no_entity,
    cast(coalesce(stored.rows_irrelevant, 0) as bigint) as rows_irrelevant,
    cast(coalesce(stored.winners_replaced, 0) as bigint) as winners_replaced,
    cast(
        case
            when runs.chunk = so_far.chunk then greatest(days.days_aggregated, so_far.days_aggregated)
            when runs.is_this_run then days.days_aggregated + so_far.days_aggregated
        end
        as bigint
    ) as days_aggregated,
    cast(case when runs.is_this_run then deferred.days_deferred end as bigint) as days_deferred,
    cast(case when runs.is_this_run then deferred.events_deferred end as bigint) as events_deferred,
    cast(case when runs.is_this_run then published.entities end as bigint) as entities,
    cast(
        case
            when runs.chunk = so_far.chunk then greatest(changed.entities_changed, so_far.entities_changed)
            when runs.is_this_run then changed.entities_changed + so_far.entities_changed
        end
        as bigint
    ) as entities_changed,
    cast(runs.chunk as bigint) as chunk
from runs
left join stored on stored.run_id = runs.run_id
cross join days
cross join deferred
cross join published
cross join changed
cross join so_far
