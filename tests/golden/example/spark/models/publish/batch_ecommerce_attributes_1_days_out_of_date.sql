-- Made by snowplow-batch-engine from view batch_ecommerce_attributes, version 1. Change the view, not this file.
{%- do signals_begin_model() %}
{{ config(
    materialized='signals_table', schema='scratch', tags=['signals_publish'],
    post_hook="{{ signals_count_pending(ref('batch_ecommerce_attributes_1_daily_aggregation_manifest'), this) }}"
) }}
-- depends_on: {{ ref('batch_ecommerce_attributes_1_incremental_manifest') }}
{%- set lookback_days = signals_setting('snowplow__late_event_lookback_days') %}
{%- set least_late_events = signals_setting('snowplow__min_late_events_to_process') %}

-- Every day whose events changed since it was aggregated, what is pending on it, and whether it is due or deferred.
with out_of_date as (

    select * from {{ ref('batch_ecommerce_attributes_1_daily_aggregation_manifest') }} where is_out_of_date

),

to_count as (

    -- a day that was not touched since it was counted is not counted again
    select day, coalesce(aggregated_chunk, 0) as aggregated_chunk
    from out_of_date
    where
        counted_chunk is null
        or counted_chunk < marked_chunk
        {%- if lookback_days >= 0 %}
        or counted_lookback_days <> {{ lookback_days }}
        {%- endif %}

),

pending as (

    -- lateness is an event's own: from its day to the day on which it was loaded
    select
        events.day,
        events.chunk > to_count.aggregated_chunk as is_pending,
        datediff(cast(events.load_tstamp as date), events.day) as days_late
    from {{ ref('batch_ecommerce_attributes_1_filtered_events') }} as events
    inner join to_count on to_count.day = events.day

),

counted as (

    select
        day,
        count(*) as events,
        count(case when is_pending and days_late <= 0 then 1 end) as pending_events,
        count(case when is_pending and days_late > 0 then 1 end) as pending_late_events,
        count(case when is_pending and days_late between 1 and {{ lookback_days }} then 1 end)
            as pending_late_events_in_reach
    from pending
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
        end as pending_late_events,
        case
            when to_count.day is null then out_of_date.pending_late_events_in_reach
            else coalesce(counted.pending_late_events_in_reach, 0)
        end as pending_late_events_in_reach
    from out_of_date
    left join to_count on to_count.day = out_of_date.day
    left join counted on counted.day = out_of_date.day

)

select
    day,
    marked_chunk,
    events,
    pending_events,
    pending_late_events,
    pending_late_events_in_reach,
    cast({{ lookback_days }} as integer) as counted_lookback_days,
    case
        when aggregated_chunk is null then true
        when left_chunk > aggregated_chunk then true
        when pending_events > 0 then true
        when pending_late_events = 0 then true
        else
            {{ 'pending_late_events_in_reach' if lookback_days >= 0 else 'pending_late_events' }}
            >= {{ [least_late_events, 1] | max }}
    end as is_due
from counts
order by day
