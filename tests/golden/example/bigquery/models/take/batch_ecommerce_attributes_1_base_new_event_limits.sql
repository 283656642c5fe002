-- Made by snowplow-batch-engine from view batch_ecommerce_attributes, version 1. Change the view, not this file.
{%- do signals_begin_model() %}
{{ config(
    materialized='signals_table', schema='scratch', tags=['signals_take'],
    post_hook="{{ signals_after_planning(this) }}"
) }}
-- depends_on: {{ ref('batch_ecommerce_attributes_1_definition') }}
{%- set columns = signals_events_columns() %}
{%- set run = signals_run() %}
{%- set ledger = signals_state('batch_ecommerce_attributes_1_incremental_manifest') %}
{%- set start = signals_plan_from() %}

with counted as (

    -- what the events table holds now, per hour of load
    select datetime_trunc(load_tstamp, hour) as bucket, count(*) as bucket_rows
    from (
        select {{ signals_value(columns, 'time', 'load_tstamp', 'load_tstamp') }} as load_tstamp
        from {{ source('atomic', 'events') }}
        where {{ signals_loaded(columns, after=start.since) }}
    ) as loads
    group by 1

),

processed as (

    -- what was there when each hour was last taken
    {% if ledger is not none -%}
    select bucket, bucket_rows, chunk is null as is_widened
    from {{ ledger }}
    where bucket >= datetime '{{ start.since }}'
    {%- else -%}
    select bucket, bucket_rows, false as is_widened
    from counted
    where false
    {%- endif %}

),

elsewhere as (

    -- rows that are neither counted above nor in the ledger: as long as there are as many, nobody added any to older hours
    {% if signals_counts_rows() -%}
    select
        (select count(*) from {{ source('atomic', 'events') }})
        - (select coalesce(sum(bucket_rows), 0) from counted)
        {%- if ledger is not none %}
        - (select coalesce(sum(bucket_rows), 0) from {{ ledger }} where bucket < datetime '{{ start.since }}')
        {%- endif %} as found
    {%- else -%}
    select 0 as found
    {%- endif %}

),

differing as (

    -- rows are only ever added, so an hour that holds as many as before holds the same ones
    select
        counted.bucket,
        counted.bucket_rows,
        coalesce(processed.bucket_rows >= 0, false) as seen_before,
        greatest(processed.bucket_rows - counted.bucket_rows, 0) as rows_gone,
        coalesce(processed.is_widened, false) as is_widened,
        coalesce(processed.is_widened and processed.bucket_rows = counted.bucket_rows, false) as is_rescan
    from counted
    left join processed on processed.bucket = counted.bucket
    where
        counted.bucket <= datetime '{{ run.planned_at }}'
        and coalesce(processed.bucket_rows <> counted.bucket_rows or processed.is_widened, true)

    union all

    select processed.bucket, 0, true, greatest(processed.bucket_rows, 0), processed.is_widened, processed.is_widened
    from processed
    left join counted on counted.bucket = processed.bucket
    where counted.bucket is null and (processed.is_widened or processed.bucket_rows > 0)

),

together as (

    -- hours that are taken again for what is in scope now, and only for that, are taken by themselves
    select *
    from differing
    where is_rescan = (select count(case when is_rescan then 1 end) > 0 from differing)

),

oldest_first as (

    -- an hour all of whose rows are gone takes nothing, and no day
    select
        *,
        case
            when bucket_rows > 0
                then dense_rank() over (
                    partition by case when bucket_rows > 0 then 1 else 0 end order by cast(bucket as date)
                )
            else 0
        end as load_day,
        sum(bucket_rows) over (order by bucket) - bucket_rows as rows_before
    from together

),

taken as (

    select *, 1 as one
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
    datetime '{{ run.planned_at }}' as planned_at,
    date '{{ run.as_of }}' as as_of,
    {{ start.chunk }} as chunk,
    (select count(*) from differing) - (select count(*) from taken) as buckets_left,
    (select count(distinct cast(bucket as date)) from differing where bucket not in (select bucket from taken))
        as days_left,
    (select coalesce(sum(bucket_rows), 0) from differing) as rows_in_sight,
    (select count(*) from counted where bucket > datetime '{{ run.planned_at }}') as buckets_ahead,
    (select coalesce(sum(rows_gone), 0) from taken) as rows_gone,
    cast((select found from elsewhere) as bigint) as rows_elsewhere,
    cast({{ 0 if start.elsewhere is none else '(select found from elsewhere) - ' ~ start.elsewhere }} as bigint)
        as rows_added_elsewhere,
    (select count(case when is_widened then 1 end) from differing)
        - (select count(case when is_widened then 1 end) from taken) as widened_left,
    taken.bucket,
    taken.bucket_rows,
    taken.seen_before,
    taken.is_rescan
from (select 1 as one) as this_run
left join taken on taken.one = this_run.one
order by taken.bucket
