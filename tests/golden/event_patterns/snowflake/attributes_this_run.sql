-- Made by snowplow-batch-engine from view event_patterns, version 1. Change the view, not this file.
{{ config(materialized='signals_table', schema='scratch', tags=['signals_publish']) }}
{%- set limits = ref('event_patterns_1_base_new_event_limits') %}
{%- set as_of = signals_this_run(limits, 'as_of', 'day') %}
{%- set days_manifest = ref('event_patterns_1_daily_aggregation_manifest') %}
{%- set found = signals_published(signals_state('event_patterns_1_attributes'), 'domain_userid', [
    'domain_userid', 'any_event', 'page_views', 'two_kinds', 'updated_at'
]) %}
{%- set published, is_comparable = found.relation, found.is_comparable %}
{%- set removed = signals_state('event_patterns_1_removed_entities') %}
{%- set publication = signals_state('event_patterns_1_publication_manifest') %}
{%- set is_partial = is_comparable and publication is not none %}

with out_of_date as (

    -- nobody else's row can have changed since the last publication
    select distinct domain_userid from {{ ref('event_patterns_1_entity_manifest') }}

),

days as (

    select
        *
    from {{ ref('event_patterns_1_daily_aggregates') }}
    where
        day <= date '{{ as_of }}'
        {%- if is_partial %}
        and domain_userid in (select domain_userid from out_of_date)
        {%- endif %}

),

merged as (

    select
        domain_userid,
        sum(count_events) as count_events,
        sum(count_page_view) as count_page_view,
        sum(count_page_view_or_transaction) as count_page_view_or_transaction
    from days
    group by domain_userid

),

computed as (

    select
        merged.domain_userid,
        case
            when nullif(merged.count_events, 0) is null then cast(0 as number(19, 0))
            else cast(merged.count_events as number(19, 0))
        end as any_event,
        case
            when nullif(merged.count_page_view, 0) is null then cast(0 as number(19, 0))
            else cast(merged.count_page_view as number(19, 0))
        end as page_views,
        case
            when nullif(merged.count_page_view_or_transaction, 0) is null then cast(0 as number(19, 0))
            else cast(merged.count_page_view_or_transaction as number(19, 0))
        end as two_kinds
    from merged

),

published as (

    {% if published is not none -%}
    select *
    from (
        select
            *,
            count(*) over (partition by domain_userid) as signals_copies,
            row_number() over (partition by domain_userid order by updated_at desc) as signals_copy
        from {{ published }}
        {%- if is_partial %}
        where domain_userid in (select domain_userid from out_of_date)
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
            cast('{{ signals_this_run(limits, 'planned_at', 'time') }}' as timestamp_ntz),
            cast('1970-01-01 00:00:00' as timestamp_ntz)
            {%- if published is not none %},
            (
                select dateadd('microsecond', 1, coalesce(max(updated_at), cast('1970-01-01 00:00:00' as timestamp_ntz)))
                from {{ published }}
            )
            {%- endif %}
            {%- if removed is not none %},
            (
                select dateadd('microsecond', 1, coalesce(max(removed_at), cast('1970-01-01 00:00:00' as timestamp_ntz)))
                from {{ removed }}
            )
            {%- endif %}
        ) as updated_at

),

compared as (

    select
        coalesce(computed.domain_userid, published.domain_userid) as domain_userid,
        computed.any_event,
        computed.page_views,
        computed.two_kinds,
        published.updated_at as signals_updated_at,
        now_publishing.updated_at as signals_now,
        case
            when published.domain_userid is null then 'new'
            when computed.domain_userid is null then 'removed'
            {%- if is_comparable %}
            when
                published.signals_copies > 1
                or published.any_event is distinct from computed.any_event
                or published.page_views is distinct from computed.page_views
                or published.two_kinds is distinct from computed.two_kinds
                then 'changed'
            else 'same'
            {%- else %}
            else 'changed'
            {%- endif %}
        end as change
    from computed
    full outer join published on published.domain_userid = computed.domain_userid
    cross join now_publishing

)

select
    domain_userid,
    any_event,
    page_views,
    two_kinds,
    case when change = 'same' then signals_updated_at else signals_now end as updated_at,
    change,
    cast(null as varchar) as signals_seen
from compared
{%- if is_partial %}
where change <> 'same'
{%- endif %}

union all

-- nobody: the row by which it is seen whether this is a comparison of all rows, and what has changed since
select
    null as domain_userid,
    null as any_event,
    null as page_views,
    null as two_kinds,
    updated_at,
    '{{ 'partial' if is_partial else 'whole' }}' as change,
    {{ signals_seen(ref('event_patterns_1_entity_manifest'), days_manifest, limits) }} as signals_seen
from now_publishing
order by 1
