-- Made by snowplow-batch-engine from view unique_list, version 1. Change the view, not this file.
{{ config(materialized='signals_table', schema='scratch', tags=['signals_publish']) }}
{%- set limits = ref('unique_list_1_base_new_event_limits') %}
{%- set as_of = signals_this_run(limits, 'as_of', 'day') %}
{%- set days_manifest = ref('unique_list_1_daily_aggregation_manifest') %}
{%- set found = signals_published(signals_state('unique_list_1_attributes'), 'domain_userid', [
    'domain_userid', 'unique_list_last_7_days', 'unique_list_of_lifetime', 'updated_at'
]) %}
{%- set published, is_comparable = found.relation, found.is_comparable %}
{%- set removed = signals_state('unique_list_1_removed_entities') %}
{%- set publication = signals_state('unique_list_1_publication_manifest') %}
{%- set is_partial = is_comparable and publication is not none %}

with out_of_date as (

    -- nobody else's row can have changed since the last publication
    select distinct domain_userid from {{ ref('unique_list_1_entity_manifest') }}

),

days as (

    select
        *,
        {{ signals_in_window(limits, 7) }} as in_last_7_days
    from {{ ref('unique_list_1_daily_aggregates') }}
    where
        day <= date '{{ as_of }}'
        {%- if is_partial %}
        and domain_userid in (select domain_userid from out_of_date)
        {%- endif %}

),

merged as (

    select
        domain_userid
    from days
    group by domain_userid

),

values_page_urlpath_last_7_days as (

    select
        domain_userid,
        value,
        sum(n) as n,
        max(last_tstamp) as last_tstamp,
        arg_max(last_event_id, last_tstamp) as last_event_id
    from {{ ref('unique_list_1_daily_values') }}
    where
        slot = 'values_page_urlpath'
        and day <= date '{{ as_of }}'
        and {{ signals_in_window(limits, 7) }}
        {%- if is_partial %}
        and domain_userid in (select domain_userid from out_of_date)
        {%- endif %}
    group by domain_userid, value

),

unique_list_last_7_days_collected as (

    select
        domain_userid,
        coalesce(
            list(fitting order by last_tstamp asc, last_event_id asc) filter(
                where fitting is not null and place <= 100
            ),
            cast([] as text[])
        ) as collected
    from (
        select
            *,
            row_number() over (
                partition by domain_userid, fitting is null
                order by last_tstamp desc, last_event_id desc
            ) as place
        from (
            select
                *,
                value as fitting
            from values_page_urlpath_last_7_days
        ) as fitted
    ) as ranked
    group by domain_userid

),

values_transaction_coupon as (

    select
        domain_userid,
        value,
        sum(n) as n,
        max(last_tstamp) as last_tstamp,
        arg_max(last_event_id, last_tstamp) as last_event_id
    from {{ ref('unique_list_1_daily_values') }}
    where
        slot = 'values_transaction_coupon'
        and day <= date '{{ as_of }}'
        {%- if is_partial %}
        and domain_userid in (select domain_userid from out_of_date)
        {%- endif %}
    group by domain_userid, value

),

unique_list_of_lifetime_collected as (

    select
        domain_userid,
        coalesce(
            list(fitting order by last_tstamp asc, last_event_id asc) filter(
                where fitting is not null and place <= 100
            ),
            cast([] as bigint[])
        ) as collected
    from (
        select
            *,
            row_number() over (
                partition by domain_userid, fitting is null
                order by last_tstamp desc, last_event_id desc
            ) as place
        from (
            select
                *,
                case
                    when regexp_full_match(value, '[+-]?\d+') then try_cast(value as bigint)
                    when (
                        regexp_full_match(value, '[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?')
                        and try_cast(value as double) = trunc(try_cast(value as double))
                    )
                        then try_cast(try_cast(value as double) as bigint)
                end as fitting
            from values_transaction_coupon
        ) as fitted
    ) as ranked
    group by domain_userid

),

computed as (

    select
        merged.domain_userid,
        coalesce(unique_list_last_7_days_collected.collected, cast([] as text[])) as unique_list_last_7_days,
        coalesce(unique_list_of_lifetime_collected.collected, cast([] as bigint[])) as unique_list_of_lifetime
    from merged
    left join unique_list_last_7_days_collected on unique_list_last_7_days_collected.domain_userid = merged.domain_userid
    left join unique_list_of_lifetime_collected on unique_list_of_lifetime_collected.domain_userid = merged.domain_userid

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
    select *, cast(null as timestamp) as updated_at, 1 as signals_copies from computed where false
    {%- endif %}

),

-- later than any change before it, whatever the clock says
now_publishing as (

    select
        greatest(
            timestamp '{{ signals_this_run(limits, 'planned_at', 'time') }}',
            timestamp '1970-01-01 00:00:00'
            {%- if published is not none %},
            (
                select coalesce(max(updated_at), cast('1970-01-01 00:00:00' as timestamp)) + interval 1 microsecond
                from {{ published }}
            )
            {%- endif %}
            {%- if removed is not none %},
            (
                select coalesce(max(removed_at), cast('1970-01-01 00:00:00' as timestamp)) + interval 1 microsecond
                from {{ removed }}
            )
            {%- endif %}
        ) as updated_at

),

compared as (

    select
        coalesce(computed.domain_userid, published.domain_userid) as domain_userid,
        computed.unique_list_last_7_days,
        computed.unique_list_of_lifetime,
        published.updated_at as signals_updated_at,
        now_publishing.updated_at as signals_now,
        case
            when published.domain_userid is null then 'new'
            when computed.domain_userid is null then 'removed'
            {%- if is_comparable %}
            when
                published.signals_copies > 1
                or published.unique_list_last_7_days is distinct from computed.unique_list_last_7_days
                or published.unique_list_of_lifetime is distinct from computed.unique_list_of_lifetime
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
    unique_list_last_7_days,
    unique_list_of_lifetime,
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
    null as unique_list_last_7_days,
    null as unique_list_of_lifetime,
    updated_at,
    '{{ 'partial' if is_partial else 'whole' }}' as change,
    {{ signals_seen(ref('unique_list_1_entity_manifest'), days_manifest, limits) }} as signals_seen
from now_publishing
order by 1
