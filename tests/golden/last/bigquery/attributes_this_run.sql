-- Made by snowplow-batch-engine from view last, version 1. Change the view, not this file.
{{ config(materialized='signals_table', schema='scratch', tags=['signals_publish']) }}
{%- set limits = ref('last_1_base_new_event_limits') %}
{%- set as_of = signals_this_run(limits, 'as_of', 'day') %}
{%- set days_manifest = ref('last_1_daily_aggregation_manifest') %}
{%- set found = signals_published(signals_state('last_1_attributes'), 'domain_userid', [
    'domain_userid', 'last_last_7_days', 'last_of_lifetime', 'updated_at'
]) %}
{%- set published, is_comparable = found.relation, found.is_comparable %}
{%- set removed = signals_state('last_1_removed_entities') %}
{%- set publication = signals_state('last_1_publication_manifest') %}
{%- set is_partial = is_comparable and publication is not none %}

with out_of_date as (

    -- nobody else's row can have changed since the last publication
    select distinct domain_userid from {{ ref('last_1_entity_manifest') }}

),

days as (

    select
        *,
        {{ signals_in_window(limits, 7) }} as in_last_7_days
    from {{ ref('last_1_daily_aggregates') }}
    where
        day <= date '{{ as_of }}'
        {%- if is_partial %}
        and domain_userid in (select domain_userid from out_of_date)
        {%- endif %}

),

merged as (

    select
        domain_userid,
        array_agg(if(in_last_7_days and last_page_urlpath is not null, last_page_urlpath, null) ignore nulls order by day desc limit 1)[safe_offset(0)] as last_page_urlpath_last_7_days,
        array_agg(if(last_transaction_paid_at is not null, last_transaction_paid_at, null) ignore nulls order by day desc limit 1)[safe_offset(0)] as last_transaction_paid_at
    from days
    group by domain_userid

),

computed as (

    select
        merged.domain_userid,
        merged.last_page_urlpath_last_7_days as last_last_7_days,
        if(
            regexp_contains(
                merged.last_transaction_paid_at,
                '^(?:\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])([T ]([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d(\\.\\d+)?)?(Z|[+-]([01]\\d|2[0-3])(:?[0-5]\\d)?)?)?)\\z'
            ),
            safe.datetime_sub(
                safe.datetime_sub(
                    safe_cast(
                        regexp_replace(
                            regexp_extract(merged.last_transaction_paid_at, '^.{10}(?:[T ][0-9:]{5,8}(?:[.][0-9]{1,6})?)?'),
                            '^(.{16})\\z',
                            '\\1:00'
                        )
                        as datetime
                    ),
                    interval (div(coalesce(safe_cast(rpad(replace(regexp_extract(merged.last_transaction_paid_at, '^.{11}.*([+-][0-9]{2}:?(?:[0-9]{2})?)\\z'), ':', ''), 5, '0') as int64), 0), 100)) hour
                ),
                interval (mod(coalesce(safe_cast(rpad(replace(regexp_extract(merged.last_transaction_paid_at, '^.{11}.*([+-][0-9]{2}:?(?:[0-9]{2})?)\\z'), ':', ''), 5, '0') as int64), 0), 100)) minute
            ),
            null
        ) as last_of_lifetime
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
        coalesce(computed.domain_userid, published.domain_userid) as domain_userid,
        computed.last_last_7_days,
        computed.last_of_lifetime,
        published.updated_at as signals_updated_at,
        now_publishing.updated_at as signals_now,
        case
            when published.domain_userid is null then 'new'
            when computed.domain_userid is null then 'removed'
            {%- if is_comparable %}
            when
                published.signals_copies > 1
                or published.last_last_7_days is distinct from computed.last_last_7_days
                or published.last_of_lifetime is distinct from computed.last_of_lifetime
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
    last_last_7_days,
    last_of_lifetime,
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
    null as domain_userid,
    null as last_last_7_days,
    null as last_of_lifetime,
    updated_at,
    '{{ 'partial' if is_partial else 'whole' }}' as change,
    {{ signals_seen(ref('last_1_entity_manifest'), days_manifest, limits) }} as signals_seen
from now_publishing
order by 1
