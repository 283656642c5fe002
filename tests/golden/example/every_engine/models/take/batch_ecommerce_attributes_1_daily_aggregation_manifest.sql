-- Made by snowplow-batch-engine from view batch_ecommerce_attributes, version 1. Change the view, not this file.
{%- do signals_begin_model() %}
{{ config(
    materialized='signals_upsert', unique_key='day', schema='snowplow_manifest', tags=['signals_take']
) }}
-- depends_on: {{ ref('batch_ecommerce_attributes_1_chunk_manifest') }}

-- Marks a day as dirty before its events change, so that it stays dirty when a run dies in between.
with touched as (

    select day, false as is_left, false as is_replaced, chunk
    from {{ ref('batch_ecommerce_attributes_1_base_events_this_run') }}
    where is_winner

    union all

    -- where an event was until now: it leaves the day when the day or the identifier of its winner changes
    select stored_day as day, stored_day <> day or stored_identifier <> domain_userid as is_left, true as is_replaced, chunk
    from {{ ref('batch_ecommerce_attributes_1_base_events_this_run') }}
    where is_winner and stored_day is not null

),

dirty_days as (

    -- what is in scope only now was not late when it came
    select
        touched.day,
        greatest(max(case when touched.is_left then 1 else 0 end), max(planned.is_rescan)) as is_left,
        max(case when touched.is_replaced then 1 else 0 end) as is_replaced,
        max(touched.chunk) as chunk
    from touched
    cross join (
        select max(case when is_rescan then 1 else 0 end) as is_rescan
        from {{ ref('batch_ecommerce_attributes_1_base_new_event_limits') }}
    ) as planned
    group by touched.day

)

select
    dirty_days.day,
    {% if signals_is_stored() -%}
    coalesce(manifest.pending_events, 0) as pending_events,
    coalesce(manifest.pending_late_events, 0) as pending_late_events,
    coalesce(manifest.pending_late_events_in_reach, 0) as pending_late_events_in_reach,
    true as is_out_of_date,
    cast(case when manifest.is_out_of_date then manifest.since_chunk else dirty_days.chunk end as bigint) as since_chunk,
    cast(dirty_days.chunk as bigint) as marked_chunk,
    case when dirty_days.is_left = 1 then dirty_days.chunk else manifest.left_chunk end as left_chunk,
    case when dirty_days.is_replaced = 1 then dirty_days.chunk else manifest.replaced_chunk end as replaced_chunk,
    manifest.counted_chunk,
    manifest.counted_lookback_days,
    manifest.values_chunk,
    manifest.aggregated_chunk
from dirty_days
left join {{ this }} as manifest on manifest.day = dirty_days.day
    {%- else -%}
    cast(0 as bigint) as pending_events,
    cast(0 as bigint) as pending_late_events,
    cast(0 as bigint) as pending_late_events_in_reach,
    true as is_out_of_date,
    cast(dirty_days.chunk as bigint) as since_chunk,
    cast(dirty_days.chunk as bigint) as marked_chunk,
    cast(case when dirty_days.is_left = 1 then dirty_days.chunk end as bigint) as left_chunk,
    cast(case when dirty_days.is_replaced = 1 then dirty_days.chunk end as bigint) as replaced_chunk,
    cast(null as bigint) as counted_chunk,
    cast(null as integer) as counted_lookback_days,
    cast(null as bigint) as values_chunk,
    cast(null as bigint) as aggregated_chunk
from dirty_days
    {%- endif %}
