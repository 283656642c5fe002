-- Made by snowplow-batch-engine from view date_parts, version 1. Change the view, not this file.
{{ config(materialized='signals_table', schema='scratch', tags=['signals_publish']) }}
{%- set limits = ref('date_parts_1_base_new_event_limits') %}
{%- set as_of = signals_this_run(limits, 'as_of', 'day') %}
{%- set published = signals_state('date_parts_1_attributes', 'derived') %}
{%- set removed = signals_state('date_parts_1_removed_entities', 'derived') %}
{%- set publication = signals_state('date_parts_1_publication_manifest', 'snowplow_manifest') %}
{%- set is_comparable = signals_has_columns(published, [
    'domain_userid', 'hour_of_day', 'day_of_week', 'month_of_year', 'active_day', 'active_week',
    'active_month', 'latest_hour', 'updated_at'
]) %}
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
        max_by(last_transaction_paid_at_hour_of_day, day) filter(
            where last_transaction_paid_at_hour_of_day is not null
        ) as last_transaction_paid_at_hour_of_day,
        max_by(last_transaction_paid_at_day_of_week, day) filter(
            where last_transaction_paid_at_day_of_week is not null
        ) as last_transaction_paid_at_day_of_week,
        max_by(last_transaction_paid_at_month_of_year, day) filter(
            where last_transaction_paid_at_month_of_year is not null
        ) as last_transaction_paid_at_month_of_year,
        max_by(last_transaction_paid_at_active_day, day) filter(
            where last_transaction_paid_at_active_day is not null
        ) as last_transaction_paid_at_active_day,
        max_by(last_transaction_paid_at_active_week, day) filter(
            where last_transaction_paid_at_active_week is not null
        ) as last_transaction_paid_at_active_week,
        max_by(last_transaction_paid_at_active_month, day) filter(
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
            when (
                (merged.max_derived_tstamp_hour_of_day_as_number % 1) = 0
                and merged.max_derived_tstamp_hour_of_day_as_number >= -2147483648e0
                and merged.max_derived_tstamp_hour_of_day_as_number < 2147483648e0
            )
                then cast(merged.max_derived_tstamp_hour_of_day_as_number as int)
        end as latest_hour
    from merged

),

published as (

    {% if published is not none -%}
    select *
    from {{ published }}
    {%- if is_partial %}
    where domain_userid in (select domain_userid from out_of_date)
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
    coalesce(computed.domain_userid, published.domain_userid) as domain_userid,
    computed.hour_of_day,
    computed.day_of_week,
    computed.month_of_year,
    computed.active_day,
    computed.active_week,
    computed.active_month,
    computed.latest_hour,
    now_publishing.updated_at,
    case
        when published.domain_userid is null then 'new'
        when computed.domain_userid is null then 'removed'
        else 'changed'
    end as change
from computed
full outer join published on published.domain_userid = computed.domain_userid
cross join now_publishing
where
    published.domain_userid is null
    or computed.domain_userid is null
    {%- if is_comparable %}
    or published.hour_of_day is distinct from computed.hour_of_day
    or published.day_of_week is distinct from computed.day_of_week
    or published.month_of_year is distinct from computed.month_of_year
    or published.active_day is distinct from computed.active_day
    or published.active_week is distinct from computed.active_week
    or published.active_month is distinct from computed.active_month
    or published.latest_hour is distinct from computed.latest_hour
    {%- else %}
    or true
    {%- endif %}
order by 1
