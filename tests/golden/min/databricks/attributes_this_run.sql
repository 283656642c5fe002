-- Made by snowplow-batch-engine from view min, version 1. Change the view, not this file.
{{ config(materialized='signals_table', schema='scratch', tags=['signals_publish']) }}
{%- set limits = ref('min_1_base_new_event_limits') %}
{%- set as_of = signals_this_run(limits, 'as_of', 'day') %}
{%- set published = signals_state('min_1_attributes', 'derived') %}
{%- set removed = signals_state('min_1_removed_entities', 'derived') %}
{%- set publication = signals_state('min_1_publication_manifest', 'snowplow_manifest') %}
{%- set is_comparable = signals_has_columns(published, [
    'domain_userid', 'min_last_7_days', 'min_of_lifetime', 'updated_at'
]) %}
{%- set is_partial = is_comparable and publication is not none %}

with out_of_date as (

    -- nobody else's row can have changed since the last publication
    select distinct domain_userid from {{ ref('min_1_entity_manifest') }}

),

days as (

    select
        *,
        {{ signals_in_window(limits, 7) }} as in_last_7_days
    from {{ ref('min_1_daily_aggregates') }}
    where
        day <= date '{{ as_of }}'
        {%- if is_partial %}
        and domain_userid in (select domain_userid from out_of_date)
        {%- endif %}

),

merged as (

    select
        domain_userid,
        min(min_transaction_order_total_as_number) filter(where in_last_7_days) as min_transaction_order_total_as_number_last_7_days,
        min(min_transaction_paid_at_as_time) as min_transaction_paid_at_as_time
    from days
    group by domain_userid

),

computed as (

    select
        merged.domain_userid,
        case
            when abs(cast(merged.min_transaction_order_total_as_number_last_7_days as double)) < double('infinity')
                then cast(merged.min_transaction_order_total_as_number_last_7_days as double)
        end as min_last_7_days,
        merged.min_transaction_paid_at_as_time as min_of_lifetime
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
    computed.min_last_7_days,
    computed.min_of_lifetime,
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
    or (
        published.min_last_7_days is distinct from computed.min_last_7_days
        and coalesce(
            abs(published.min_last_7_days - computed.min_last_7_days)
            > 1e-12 * greatest(abs(published.min_last_7_days), abs(computed.min_last_7_days)),
            true
        )
    )
    or published.min_of_lifetime is distinct from computed.min_of_lifetime
    {%- else %}
    or true
    {%- endif %}
order by 1
