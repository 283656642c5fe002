-- Made by snowplow-batch-engine from view batch_ecommerce_attributes, version 1. Change the view, not this file.
{{ config(
    materialized='signals_table', schema='scratch', tags=['signals_publish'],
    post_hook="{{ signals_count_pending(ref('batch_ecommerce_attributes_1_daily_aggregation_manifest'), this) }}"
) }}
{%- set lookback_days = signals_whole_number('snowplow__late_event_lookback_days') %}
{%- set least_late_events = signals_whole_number('snowplow__min_late_events_to_process') %}

-- Every day whose events changed since it was aggregated, what waits on it, and whether it waits on.
with out_of_date as (

    select * from {{ ref('batch_ecommerce_attributes_1_daily_aggregation_manifest') }} where is_out_of_date

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
    from {{ ref('batch_ecommerce_attributes_1_filtered_events') }} as events
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

    select cast(max(bucket) as date) as load_date from {{ ref('batch_ecommerce_attributes_1_incremental_manifest') }}

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
            and datediff(newest_load.load_date, counts.day) <= {{ lookback_days }}
            {%- endif %}
    end as is_due
from counts
cross join newest_load
order by counts.day
