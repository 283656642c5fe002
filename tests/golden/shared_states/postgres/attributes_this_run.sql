-- Made by snowplow-batch-engine from view shared_states, version 1. Change the view, not this file.
{{ config(materialized='signals_table', schema='scratch', tags=['signals_publish']) }}
{%- set limits = ref('shared_states_1_base_new_event_limits') %}
{%- set as_of = signals_this_run(limits, 'as_of', 'day') %}
{%- set days_manifest = ref('shared_states_1_daily_aggregation_manifest') %}
{%- set found = signals_published(signals_state('shared_states_1_attributes'), 'domain_userid', [
    'domain_userid', 'total_1', 'total_7', 'total_365', 'total', 'whole_total', 'updated_at'
]) %}
{%- set published, is_comparable = found.relation, found.is_comparable %}
{%- set removed = signals_state('shared_states_1_removed_entities') %}
{%- set publication = signals_state('shared_states_1_publication_manifest') %}
{%- set is_partial = is_comparable and publication is not none %}

with out_of_date as (

    -- nobody else's row can have changed since the last publication
    select distinct domain_userid from {{ ref('shared_states_1_entity_manifest') }}

),

days as (

    select
        *,
        {{ signals_in_window(limits, 1) }} as in_last_1_days,
        {{ signals_in_window(limits, 7) }} as in_last_7_days,
        {{ signals_in_window(limits, 365) }} as in_last_365_days
    from {{ ref('shared_states_1_daily_aggregates') }}
    where
        day <= date '{{ as_of }}'
        {%- if is_partial %}
        and domain_userid in (select domain_userid from out_of_date)
        {%- endif %}

),

merged as (

    select
        domain_userid,
        sum(sum_transaction_order_total_as_number) filter(where in_last_1_days) as sum_transaction_order_total_as_number_last_1_days,
        sum(sum_transaction_order_total_as_number) filter(where in_last_7_days) as sum_transaction_order_total_as_number_last_7_days,
        sum(sum_transaction_order_total_as_number) filter(where in_last_365_days) as sum_transaction_order_total_as_number_last_365_days,
        sum(sum_transaction_order_total_as_number) as sum_transaction_order_total_as_number
    from days
    group by domain_userid

),

computed as (

    select
        merged.domain_userid,
        case
            when merged.sum_transaction_order_total_as_number_last_1_days is null then cast(1.0e0 as double precision)
            when not merged.sum_transaction_order_total_as_number_last_1_days in ('NaN', 'Infinity', '-Infinity')
                then merged.sum_transaction_order_total_as_number_last_1_days
        end as total_1,
        case
            when merged.sum_transaction_order_total_as_number_last_7_days is null then cast(7.0e0 as double precision)
            when not merged.sum_transaction_order_total_as_number_last_7_days in ('NaN', 'Infinity', '-Infinity')
                then merged.sum_transaction_order_total_as_number_last_7_days
        end as total_7,
        case
            when merged.sum_transaction_order_total_as_number_last_365_days is null
                then cast(365.0e0 as double precision)
            when not merged.sum_transaction_order_total_as_number_last_365_days in ('NaN', 'Infinity', '-Infinity')
                then merged.sum_transaction_order_total_as_number_last_365_days
        end as total_365,
        case
            when merged.sum_transaction_order_total_as_number is null then cast(0 as double precision)
            when not merged.sum_transaction_order_total_as_number in ('NaN', 'Infinity', '-Infinity')
                then merged.sum_transaction_order_total_as_number
        end as total,
        case
            when merged.sum_transaction_order_total_as_number is null then cast(0 as bigint)
            else (
                select
                    case
                        when number = trunc(number) and number >= -9223372036854775808 and number < 9223372036854775808
                            then cast(number as bigint)
                    end
                from (select merged.sum_transaction_order_total_as_number as number) as computed
            )
        end as whole_total
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
                select coalesce(max(updated_at), cast('1970-01-01 00:00:00' as timestamp)) + interval '1 microsecond'
                from {{ published }}
            )
            {%- endif %}
            {%- if removed is not none %},
            (
                select coalesce(max(removed_at), cast('1970-01-01 00:00:00' as timestamp)) + interval '1 microsecond'
                from {{ removed }}
            )
            {%- endif %}
        ) as updated_at

),

compared as (

    select
        coalesce(computed.domain_userid, published.domain_userid) as domain_userid,
        computed.total_1,
        computed.total_7,
        computed.total_365,
        computed.total,
        computed.whole_total,
        published.updated_at as signals_updated_at,
        now_publishing.updated_at as signals_now,
        case
            when published.domain_userid is null then 'new'
            when computed.domain_userid is null then 'removed'
            {%- if is_comparable %}
            when
                published.signals_copies > 1
                or (
                    published.total_1 is distinct from computed.total_1
                    and coalesce(
                        abs(cast(published.total_1 as decimal) - cast(computed.total_1 as decimal))
                        > 1e-12 * greatest(abs(cast(published.total_1 as decimal)), abs(cast(computed.total_1 as decimal))),
                        true
                    )
                )
                or (
                    published.total_7 is distinct from computed.total_7
                    and coalesce(
                        abs(cast(published.total_7 as decimal) - cast(computed.total_7 as decimal))
                        > 1e-12 * greatest(abs(cast(published.total_7 as decimal)), abs(cast(computed.total_7 as decimal))),
                        true
                    )
                )
                or (
                    published.total_365 is distinct from computed.total_365
                    and coalesce(
                        abs(cast(published.total_365 as decimal) - cast(computed.total_365 as decimal))
                        > 1e-12 * greatest(abs(cast(published.total_365 as decimal)), abs(cast(computed.total_365 as decimal))),
                        true
                    )
                )
                or (
                    published.total is distinct from computed.total
                    and coalesce(
                        abs(cast(published.total as decimal) - cast(computed.total as decimal))
                        > 1e-12 * greatest(abs(cast(published.total as decimal)), abs(cast(computed.total as decimal))),
                        true
                    )
                )
                or published.whole_total is distinct from computed.whole_total
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
    total_1,
    total_7,
    total_365,
    total,
    whole_total,
    case when change = 'same' then signals_updated_at else signals_now end as updated_at,
    change,
    cast(null as text) as signals_seen
from compared
{%- if is_partial %}
where change <> 'same'
{%- endif %}

union all

-- nobody: the row by which it is seen whether this is a comparison of all rows, and what has changed since
select
    null as domain_userid,
    null as total_1,
    null as total_7,
    null as total_365,
    null as total,
    null as whole_total,
    updated_at,
    '{{ 'partial' if is_partial else 'whole' }}' as change,
    {{ signals_seen(ref('shared_states_1_entity_manifest'), days_manifest, limits) }} as signals_seen
from now_publishing
order by 1
