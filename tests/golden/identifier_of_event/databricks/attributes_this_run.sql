-- Made by snowplow-batch-engine from view identifier_of_event, version 1. Change the view, not this file.
{{ config(materialized='signals_table', schema='scratch', tags=['signals_publish']) }}
{%- set limits = ref('identifier_of_event_1_base_new_event_limits') %}
{%- set as_of = signals_this_run(limits, 'as_of', 'day') %}
{%- set published = signals_state('identifier_of_event_1_attributes', 'derived') %}
{%- set removed = signals_state('identifier_of_event_1_removed_entities', 'derived') %}
{%- set publication = signals_state('identifier_of_event_1_publication_manifest', 'snowplow_manifest') %}
{%- set is_comparable = signals_has_columns(published, [
    'order_id', 'page_views', 'updated_at'
]) %}
{%- set is_partial = is_comparable and publication is not none %}

with out_of_date as (

    -- nobody else's row can have changed since the last publication
    select distinct order_id from {{ ref('identifier_of_event_1_entity_manifest') }}

),

days as (

    select
        *
    from {{ ref('identifier_of_event_1_daily_aggregates') }}
    where
        day <= date '{{ as_of }}'
        {%- if is_partial %}
        and order_id in (select order_id from out_of_date)
        {%- endif %}

),

merged as (

    select
        order_id,
        sum(count_events) as count_events
    from days
    group by order_id

),

computed as (

    select
        merged.order_id,
        case
            when nullif(merged.count_events, 0) is null then cast(0 as bigint)
            else try_cast(merged.count_events as bigint)
        end as page_views
    from merged

),

published as (

    {% if published is not none -%}
    select *
    from {{ published }}
    {%- if is_partial %}
    where order_id in (select order_id from out_of_date)
    {%- endif %}
    {%- else -%}
    select *, cast(null as timestamp_ntz) as updated_at from computed where false
    {%- endif %}

),

-- later than any change before it, whatever the clock says
now_publishing as (

    select
        greatest(
            timestamp_ntz '{{ signals_this_run(limits, 'planned_at', 'time') }}',
            timestamp_ntz '1970-01-01 00:00:00'
            {%- if published is not none %},
            (
                select coalesce(max(updated_at), cast('1970-01-01 00:00:00' as timestamp_ntz)) + make_dt_interval(0, 0, 0, 0.000001)
                from {{ published }}
            )
            {%- endif %}
            {%- if removed is not none %},
            (
                select coalesce(max(removed_at), cast('1970-01-01 00:00:00' as timestamp_ntz)) + make_dt_interval(0, 0, 0, 0.000001)
                from {{ removed }}
            )
            {%- endif %}
        ) as updated_at

)

select
    coalesce(computed.order_id, published.order_id) as order_id,
    computed.page_views,
    now_publishing.updated_at,
    case
        when published.order_id is null then 'new'
        when computed.order_id is null then 'removed'
        else 'changed'
    end as change
from computed
full outer join published on published.order_id = computed.order_id
cross join now_publishing
where
    published.order_id is null
    or computed.order_id is null
    {%- if is_comparable %}
    or published.page_views is distinct from computed.page_views
    {%- else %}
    or true
    {%- endif %}
order by 1
