-- Made by snowplow-batch-engine from view equal_names, version 1. Change the view, not this file.
{{ config(materialized='signals_table', schema='scratch', tags=['signals_publish']) }}
{%- set limits = ref('equal_names_1_base_new_event_limits') %}
{%- set as_of = signals_this_run(limits, 'as_of', 'day') %}
{%- set days_manifest = ref('equal_names_1_daily_aggregation_manifest') %}
{%- set found = signals_published(signals_state('equal_names_1_attributes'), 'domain_userid', [
    'domain_userid', 'a', 'b', 'c', 'd', 'updated_at'
]) %}
{%- set published, is_comparable = found.relation, found.is_comparable %}
{%- set removed = signals_state('equal_names_1_removed_entities') %}
{%- set publication = signals_state('equal_names_1_publication_manifest') %}
{%- set is_partial = is_comparable and publication is not none %}

with out_of_date as (

    -- nobody else's row can have changed since the last publication
    select distinct domain_userid from {{ ref('equal_names_1_entity_manifest') }}

),

days as (

    select
        *
    from {{ ref('equal_names_1_daily_aggregates') }}
    where
        day <= date '{{ as_of }}'
        {%- if is_partial %}
        and domain_userid in (select domain_userid from out_of_date)
        {%- endif %}

),

merged as (

    select
        domain_userid,
        max_by(last_product_label, case when last_product_label is not null then day end) as last_product_label,
        max_by(last_product_1_label, case when last_product_1_label is not null then day end) as last_product_1_label,
        max_by(last_product_label_2, case when last_product_label_2 is not null then day end) as last_product_label_2,
        max_by(last_product_label_3, case when last_product_label_3 is not null then day end) as last_product_label_3
    from days
    group by domain_userid

),

computed as (

    select
        merged.domain_userid,
        merged.last_product_label as a,
        merged.last_product_1_label as b,
        merged.last_product_label_2 as c,
        merged.last_product_label_3 as d
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
        computed.a,
        computed.b,
        computed.c,
        computed.d,
        published.updated_at as signals_updated_at,
        now_publishing.updated_at as signals_now,
        case
            when published.domain_userid is null then 'new'
            when computed.domain_userid is null then 'removed'
            {%- if is_comparable %}
            when
                published.signals_copies > 1
                or published.a is distinct from computed.a
                or published.b is distinct from computed.b
                or published.c is distinct from computed.c
                or published.d is distinct from computed.d
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
    a,
    b,
    c,
    d,
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
    null as a,
    null as b,
    null as c,
    null as d,
    updated_at,
    '{{ 'partial' if is_partial else 'whole' }}' as change,
    {{ signals_seen(ref('equal_names_1_entity_manifest'), days_manifest, limits) }} as signals_seen
from now_publishing
order by 1
