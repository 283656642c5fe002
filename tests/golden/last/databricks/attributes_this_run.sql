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
        max_by(last_page_urlpath, day) filter(where in_last_7_days and last_page_urlpath is not null) as last_page_urlpath_last_7_days,
        max_by(last_transaction_paid_at, day) filter(where last_transaction_paid_at is not null) as last_transaction_paid_at
    from days
    group by domain_userid

),

computed as (

    select
        merged.domain_userid,
        merged.last_page_urlpath_last_7_days as last_last_7_days,
        case
            when regexp_like(merged.last_transaction_paid_at, '^(?:\\d{4}-\\d{2}-\\d{2}([T ]([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d(\\.\\d+)?)?)?)\\z')
                then case
                    when try_cast(merged.last_transaction_paid_at as timestamp_ntz)
                    between cast('0001-01-01 00:00:00' as timestamp_ntz) and cast('9999-12-31 23:59:59.999999' as timestamp_ntz)
                        then try_cast(merged.last_transaction_paid_at as timestamp_ntz)
                end
            when regexp_like(merged.last_transaction_paid_at, '^(?:\\d{4}-\\d{2}-\\d{2}[T ]([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d(\\.\\d+)?)?(Z|[+-]([01]\\d|2[0-3])(:?[0-5]\\d)?))\\z')
                then case
                    when try_cast(regexp_extract(merged.last_transaction_paid_at, '^(.{10}[T ][0-9:]{5,8}(?:[.][0-9]+)?)', 1) as timestamp_ntz) - (make_dt_interval(0, coalesce(try_cast(regexp_extract(merged.last_transaction_paid_at, '([+-])([0-9]{2}):?([0-9]{2})?$', 2) as int), 0), coalesce(try_cast(regexp_extract(merged.last_transaction_paid_at, '([+-])([0-9]{2}):?([0-9]{2})?$', 3) as int), 0)) * case when regexp_extract(merged.last_transaction_paid_at, '([+-])([0-9]{2}):?([0-9]{2})?$', 1) = '-' then -1 else 1 end)
                    between cast('0001-01-01 00:00:00' as timestamp_ntz) and cast('9999-12-31 23:59:59.999999' as timestamp_ntz)
                        then try_cast(regexp_extract(merged.last_transaction_paid_at, '^(.{10}[T ][0-9:]{5,8}(?:[.][0-9]+)?)', 1) as timestamp_ntz) - (make_dt_interval(0, coalesce(try_cast(regexp_extract(merged.last_transaction_paid_at, '([+-])([0-9]{2}):?([0-9]{2})?$', 2) as int), 0), coalesce(try_cast(regexp_extract(merged.last_transaction_paid_at, '([+-])([0-9]{2}):?([0-9]{2})?$', 3) as int), 0)) * case when regexp_extract(merged.last_transaction_paid_at, '([+-])([0-9]{2}):?([0-9]{2})?$', 1) = '-' then -1 else 1 end)
                end
        end as last_of_lifetime
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
