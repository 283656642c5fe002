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

    -- a day that was not touched since its pending events were counted is not counted again
    select *, {{ signals_is_to_count(lookback_days) }} as is_counted
    from {{ ref('batch_ecommerce_attributes_1_daily_aggregation_manifest') }}
    where is_out_of_date

),

pending as (

    -- lateness is an event's own: from its day to the day on which it was loaded
    select
        events.day,
        datediff(cast(events.load_tstamp as date), events.day) as days_late
    from {{ ref('batch_ecommerce_attributes_1_filtered_events') }} as events
    inner join out_of_date on out_of_date.day = events.day
    where
        {{ signals_of_days(signals_dirty_days(), 'events.') }}
        and events.chunk > coalesce(out_of_date.aggregated_chunk, 0)

),

counted as (

    select
        day,
        count(case when days_late <= 0 then 1 end) as pending_events,
        count(case when days_late > 0 then 1 end) as pending_late_events,
        count(case when days_late between 1 and {{ lookback_days }} then 1 end) as pending_late_events_in_reach
    from pending
    group by day

),

counts as (

    select
        out_of_date.day,
        out_of_date.since_chunk,
        out_of_date.marked_chunk,
        out_of_date.left_chunk,
        out_of_date.replaced_chunk,
        out_of_date.aggregated_chunk,
        case when is_counted then coalesce(counted.pending_events, 0) else out_of_date.pending_events end
            as pending_events,
        case when is_counted then coalesce(counted.pending_late_events, 0) else out_of_date.pending_late_events end
            as pending_late_events,
        case
            when is_counted then coalesce(counted.pending_late_events_in_reach, 0)
            else out_of_date.pending_late_events_in_reach
        end as pending_late_events_in_reach
    from out_of_date
    left join counted on counted.day = out_of_date.day

)

select
    day,
    since_chunk,
    marked_chunk,
    -- where a stored event gave way, what was computed with it is recomputed
    coalesce(replaced_chunk > aggregated_chunk, false) as is_recomputed,
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
