-- Made by snowplow-batch-engine from view date_parts, version 1. Change the view, not this file.
{{ config(materialized='signals_table', schema='scratch', tags=['signals_publish']) }}
{%- set limits = ref('date_parts_1_base_new_event_limits') %}
{%- set as_of = signals_this_run(limits, 'as_of', 'day') %}
{%- set days_manifest = ref('date_parts_1_daily_aggregation_manifest') %}
{%- set found = signals_published(signals_state('date_parts_1_attributes'), 'domain_userid', [
    'domain_userid', 'hour_of_day', 'day_of_week', 'month_of_year', 'active_day', 'active_week',
    'active_month', 'latest_hour', 'updated_at'
]) %}
{%- set published, is_comparable = found.relation, found.is_comparable %}
{%- set removed = signals_state('date_parts_1_removed_entities') %}
{%- set publication = signals_state('date_parts_1_publication_manifest') %}
{%- set is_partial = is_comparable and publication is not none %}

with out_of_date as (

    -- nobody else's row can have changed since the last publication
    select distinct domain_userid from {{ ref('date_parts_1_entity_manifest') }}

),

days as (

    select
        *
    from {{ ref('date_parts_1_daily_aggregates') }}
    where
        day <= date '{{ as_of }}'
        {%- if is_partial %}
        and domain_userid in (select domain_userid from out_of_date)
        {%- endif %}

),

merged as (

    select
        domain_userid,
        arg_max(last_transaction_paid_at_hour_of_day, day) filter(
            where last_transaction_paid_at_hour_of_day is not null
        ) as last_transaction_paid_at_hour_of_day,
        arg_max(last_transaction_paid_at_day_of_week, day) filter(
            where last_transaction_paid_at_day_of_week is not null
        ) as last_transaction_paid_at_day_of_week,
        arg_max(last_transaction_paid_at_month_of_year, day) filter(
            where last_transaction_paid_at_month_of_year is not null
        ) as last_transaction_paid_at_month_of_year,
        arg_max(last_transaction_paid_at_active_day, day) filter(
            where last_transaction_paid_at_active_day is not null
        ) as last_transaction_paid_at_active_day,
        arg_max(last_transaction_paid_at_active_week, day) filter(
            where last_transaction_paid_at_active_week is not null
        ) as last_transaction_paid_at_active_week,
        arg_max(last_transaction_paid_at_active_month, day) filter(
            where last_transaction_paid_at_active_month is not null
        ) as last_transaction_paid_at_active_month,
        max(max_derived_tstamp_hour_of_day_as_number) as max_derived_tstamp_hour_of_day_as_number
    from days
    group by domain_userid

),

computed as (

    select
        merged.domain_userid,
        merged.last_transaction_paid_at_hour_of_day as hour_of_day,
        merged.last_transaction_paid_at_day_of_week as day_of_week,
        merged.last_transaction_paid_at_month_of_year as month_of_year,
        merged.last_transaction_paid_at_active_day as active_day,
        merged.last_transaction_paid_at_active_week as active_week,
        merged.last_transaction_paid_at_active_month as active_month,
        case
            when merged.max_derived_tstamp_hour_of_day_as_number
            = trunc(merged.max_derived_tstamp_hour_of_day_as_number)
                then try_cast(merged.max_derived_tstamp_hour_of_day_as_number as int)
        end as latest_hour
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
        computed.hour_of_day,
        computed.day_of_week,
        computed.month_of_year,
        computed.active_day,
        computed.active_week,
        computed.active_month,
        computed.latest_hour,
        published.updated_at as signals_updated_at,
        now_publishing.updated_at as signals_now,
        case
            when published.domain_userid is null then 'new'
            when computed.domain_userid is null then 'removed'
            {%- if is_comparable %}
            when
                published.signals_copies > 1
                or published.hour_of_day is distinct from computed.hour_of_day
                or published.day_of_week is distinct from computed.day_of_week
                or published.month_of_year is distinct from computed.month_of_year
                or published.active_day is distinct from computed.active_day
                or published.active_week is distinct from computed.active_week
                or published.active_month is distinct from computed.active_month
                or published.latest_hour is distinct from computed.latest_hour
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
    hour_of_day,
    day_of_week,
    month_of_year,
    active_day,
    active_week,
    active_month,
    latest_hour,
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
    null as hour_of_day,
    null as day_of_week,
    null as month_of_year,
    null as active_day,
    null as active_week,
    null as active_month,
    null as latest_hour,
    updated_at,
    '{{ 'partial' if is_partial else 'whole' }}' as change,
    {{ signals_seen(ref('date_parts_1_entity_manifest'), days_manifest, limits) }} as signals_seen
from now_publishing
order by 1
