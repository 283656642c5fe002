-- Made by snowplow-batch-engine from view identifier_of_scope, version 1. Change the view, not this file.
{{ config(materialized='signals_table', schema='scratch', tags=['signals_publish']) }}
{%- set limits = ref('identifier_of_scope_1_base_new_event_limits') %}
{%- set as_of = signals_this_run(limits, 'as_of', 'day') %}
{%- set days_manifest = ref('identifier_of_scope_1_daily_aggregation_manifest') %}
{%- set found = signals_published(signals_state('identifier_of_scope_1_attributes'), 'app_id', [
    'app_id', 'page_views', 'updated_at'
]) %}
{%- set published, is_comparable = found.relation, found.is_comparable %}
{%- set removed = signals_state('identifier_of_scope_1_removed_entities') %}
{%- set publication = signals_state('identifier_of_scope_1_publication_manifest') %}
{%- set is_partial = is_comparable and publication is not none %}

with out_of_date as (

    -- nobody else's row can have changed since the last publication
    select distinct app_id from {{ ref('identifier_of_scope_1_entity_manifest') }}

),

days as (

    select
        *
    from {{ ref('identifier_of_scope_1_daily_aggregates') }}
    where
        day <= date '{{ as_of }}'
        {%- if is_partial %}
        and app_id in (select app_id from out_of_date)
        {%- endif %}

),

merged as (

    select
        app_id,
        sum(count_events) as count_events
    from days
    group by app_id

),

computed as (

    select
        merged.app_id,
        case
            when nullif(merged.count_events, 0) is null then cast(0 as int64)
            else cast(merged.count_events as int64)
        end as page_views
    from merged

),

published as (

    {% if published is not none -%}
    select *
    from (
        select
            *,
            count(*) over (partition by app_id) as signals_copies,
            row_number() over (partition by app_id order by updated_at desc) as signals_copy
        from {{ published }}
        {%- if is_partial %}
        where app_id in (select app_id from out_of_date)
        {%- endif %}
    ) as numbered
    where signals_copy = 1
    {%- else -%}
    select *, cast(null as datetime) as updated_at, 1 as signals_copies from computed where false
    {%- endif %}

),

-- later than any change before it, whatever the clock says
now_publishing as (

    select
        greatest(
            datetime '{{ signals_this_run(limits, 'planned_at', 'time') }}',
            datetime '1970-01-01 00:00:00'
            {%- if published is not none %},
            (
                select datetime_add(coalesce(max(updated_at), cast('1970-01-01 00:00:00' as datetime)), interval 1 microsecond)
                from {{ published }}
            )
            {%- endif %}
            {%- if removed is not none %},
            (
                select datetime_add(coalesce(max(removed_at), cast('1970-01-01 00:00:00' as datetime)), interval 1 microsecond)
                from {{ removed }}
            )
            {%- endif %}
        ) as updated_at

),

compared as (

    select
        coalesce(computed.app_id, published.app_id) as app_id,
        computed.page_views,
        published.updated_at as signals_updated_at,
        now_publishing.updated_at as signals_now,
        case
            when published.app_id is null then 'new'
            when computed.app_id is null then 'removed'
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
    full outer join published on published.app_id = computed.app_id
    cross join now_publishing

)

select
    app_id,
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
    null as app_id,
    null as page_views,
    updated_at,
    '{{ 'partial' if is_partial else 'whole' }}' as change,
    {{ signals_seen(ref('identifier_of_scope_1_entity_manifest'), days_manifest, limits) }} as signals_seen
from now_publishing
order by 1
