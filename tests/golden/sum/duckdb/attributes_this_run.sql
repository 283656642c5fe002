-- Made by snowplow-batch-engine from view sum, version 1. Change the view, not this file.
{{ config(materialized='signals_table', schema='scratch', tags=['signals_publish']) }}
{%- set limits = ref('sum_1_base_new_event_limits') %}
{%- set as_of = signals_this_run(limits, 'as_of', 'day') %}
{%- set days_manifest = ref('sum_1_daily_aggregation_manifest') %}
{%- set found = signals_published(signals_state('sum_1_attributes'), 'domain_userid', [
    'domain_userid', 'sum_last_7_days', 'sum_of_lifetime', 'updated_at'
]) %}
{%- set published, is_comparable = found.relation, found.is_comparable %}
{%- set removed = signals_state('sum_1_removed_entities') %}
{%- set publication = signals_state('sum_1_publication_manifest') %}
{%- set is_partial = is_comparable and publication is not none %}

with out_of_date as (

    -- nobody else's row can have changed since the last publication
    select distinct domain_userid from {{ ref('sum_1_entity_manifest') }}

),

days as (

    select
        *,
        {{ signals_in_window(limits, 7) }} as in_last_7_days
    from {{ ref('sum_1_daily_aggregates') }}
    where
        day <= date '{{ as_of }}'
        {%- if is_partial %}
        and domain_userid in (select domain_userid from out_of_date)
        {%- endif %}

),

merged as (

    select
        domain_userid,
        sum(sum_transaction_order_total_as_number) filter(where in_last_7_days) as sum_transaction_order_total_as_number_last_7_days,
        sum(sum_transaction_order_total_as_number_2) as sum_transaction_order_total_as_number_2
    from days
    group by domain_userid

),

computed as (

    select
        merged.domain_userid,
        case
            when merged.sum_transaction_order_total_as_number_last_7_days is null then cast(0 as double)
            when isfinite(try_cast(merged.sum_transaction_order_total_as_number_last_7_days as double))
                then try_cast(merged.sum_transaction_order_total_as_number_last_7_days as double)
        end as sum_last_7_days,
        case
            when merged.sum_transaction_order_total_as_number_2 is null then cast(0 as bigint)
            when merged.sum_transaction_order_total_as_number_2
            = trunc(merged.sum_transaction_order_total_as_number_2)
                then try_cast(merged.sum_transaction_order_total_as_number_2 as bigint)
        end as sum_of_lifetime
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
        computed.sum_last_7_days,
        computed.sum_of_lifetime,
        published.updated_at as signals_updated_at,
        now_publishing.updated_at as signals_now,
        case
            when published.domain_userid is null then 'new'
            when computed.domain_userid is null then 'removed'
            {%- if is_comparable %}
            when
                published.signals_copies > 1
                or (
                    published.sum_last_7_days is distinct from computed.sum_last_7_days
                    and coalesce(
                        abs(published.sum_last_7_days - computed.sum_last_7_days)
                        > 1e-12 * greatest(abs(published.sum_last_7_days), abs(computed.sum_last_7_days)),
                        true
                    )
                )
                or published.sum_of_lifetime is distinct from computed.sum_of_lifetime
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
    sum_last_7_days,
    sum_of_lifetime,
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
    null as sum_last_7_days,
    null as sum_of_lifetime,
    updated_at,
    '{{ 'partial' if is_partial else 'whole' }}' as change,
    {{ signals_seen(ref('sum_1_entity_manifest'), days_manifest, limits) }} as signals_seen
from now_publishing
order by 1
