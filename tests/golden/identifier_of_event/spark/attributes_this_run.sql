-- Made by snowplow-batch-engine from view identifier_of_event, version 1. Change the view, not this file.
{{ config(materialized='signals_table', schema='scratch', tags=['signals_publish']) }}
{%- set limits = ref('identifier_of_event_1_base_new_event_limits') %}
{%- set as_of = signals_this_run(limits, 'as_of', 'day') %}
{%- set days_manifest = ref('identifier_of_event_1_daily_aggregation_manifest') %}
{%- set found = signals_published(signals_state('identifier_of_event_1_attributes'), 'order_id', [
    'order_id', 'page_views', 'updated_at'
]) %}
{%- set published, is_comparable = found.relation, found.is_comparable %}
{%- set removed = signals_state('identifier_of_event_1_removed_entities') %}
{%- set publication = signals_state('identifier_of_event_1_publication_manifest') %}
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
    from (
        select
            *,
            count(*) over (partition by order_id) as signals_copies,
            row_number() over (partition by order_id order by updated_at desc) as signals_copy
        from {{ published }}
        {%- if is_partial %}
        where order_id in (select order_id from out_of_date)
        {%- endif %}
    ) as numbered
    where signals_copy = 1
    {%- else -%}
    select *, cast(null as timestamp_ntz) as updated_at, 1 as signals_copies from computed where false
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

),

compared as (

    select
        coalesce(computed.order_id, published.order_id) as order_id,
        computed.page_views,
        published.updated_at as signals_updated_at,
        now_publishing.updated_at as signals_now,
        case
            when published.order_id is null then 'new'
            when computed.order_id is null then 'removed'
            {%- if is_comparable %}
            when
                published.signals_copies > 1
                or published.page_views is distinct from computed.page_views
                then 'changed'
            else 'same'
            {%- else %}
            else 'changed'
            {%- endif %}
        end as change
    from computed
    full outer join published on published.order_id = computed.order_id
    cross join now_publishing

)

select
    order_id,
    page_views,
    case when change = 'same' then signals_updated_at else signals_now end as updated_at,
    change,
    cast(null as string) as signals_seen
from compared
{%- if is_partial %}
where change <> 'same'
{%- endif %}

union all

-- nobody: the row by which it is seen whether this is a comparison of all rows, and what has changed since
select
    null as order_id,
    null as page_views,
    updated_at,
    '{{ 'partial' if is_partial else 'whole' }}' as change,
    {{ signals_seen(ref('identifier_of_event_1_entity_manifest'), days_manifest, limits) }} as signals_seen
from now_publishing
order by 1
