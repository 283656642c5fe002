-- Made by snowplow-batch-engine from view criteria, version 1. Change the view, not this file.
{{ config(materialized='signals_table', schema='scratch', tags=['signals_publish']) }}
{%- set limits = ref('criteria_1_base_new_event_limits') %}
{%- set as_of = signals_this_run(limits, 'as_of', 'day') %}
{%- set days_manifest = ref('criteria_1_daily_aggregation_manifest') %}
{%- set found = signals_published(signals_state('criteria_1_attributes'), 'domain_userid', [
    'domain_userid', 'eq_text', 'eq_number', 'eq_boolean', 'neq', 'between_two', 'outside', 'alike',
    'listed', 'not_listed', 'missing', 'all_and_any', 'updated_at'
]) %}
{%- set published, is_comparable = found.relation, found.is_comparable %}
{%- set removed = signals_state('criteria_1_removed_entities') %}
{%- set publication = signals_state('criteria_1_publication_manifest') %}
{%- set is_partial = is_comparable and publication is not none %}

with out_of_date as (

    -- nobody else's row can have changed since the last publication
    select distinct domain_userid from {{ ref('criteria_1_entity_manifest') }}

),

days as (

    select
        *
    from {{ ref('criteria_1_daily_aggregates') }}
    where
        day <= date '{{ as_of }}'
        {%- if is_partial %}
        and domain_userid in (select domain_userid from out_of_date)
        {%- endif %}

),

merged as (

    select
        domain_userid,
        sum(count_events_paid) as count_events_paid,
        sum(count_events_of_eq_number) as count_events_of_eq_number,
        sum(count_events_of_eq_boolean) as count_events_of_eq_boolean,
        sum(count_events_of_neq) as count_events_of_neq,
        sum(count_events_of_between_two) as count_events_of_between_two,
        sum(count_events_of_outside) as count_events_of_outside,
        sum(count_events_of_alike) as count_events_of_alike,
        sum(count_events_of_listed) as count_events_of_listed,
        sum(count_events_of_not_listed) as count_events_of_not_listed,
        sum(count_events_of_missing) as count_events_of_missing,
        sum(count_events_of_all_and_any) as count_events_of_all_and_any
    from days
    group by domain_userid

),

computed as (

    select
        merged.domain_userid,
        case
            when nullif(merged.count_events_paid, 0) is null then cast(0 as bigint)
            else try_cast(merged.count_events_paid as bigint)
        end as eq_text,
        case
            when nullif(merged.count_events_of_eq_number, 0) is null then cast(0 as bigint)
            else try_cast(merged.count_events_of_eq_number as bigint)
        end as eq_number,
        case
            when nullif(merged.count_events_of_eq_boolean, 0) is null then cast(0 as bigint)
            else try_cast(merged.count_events_of_eq_boolean as bigint)
        end as eq_boolean,
        case
            when nullif(merged.count_events_of_neq, 0) is null then cast(0 as bigint)
            else try_cast(merged.count_events_of_neq as bigint)
        end as neq,
        case
            when nullif(merged.count_events_of_between_two, 0) is null then cast(0 as bigint)
            else try_cast(merged.count_events_of_between_two as bigint)
        end as between_two,
        case
            when nullif(merged.count_events_of_outside, 0) is null then cast(0 as bigint)
            else try_cast(merged.count_events_of_outside as bigint)
        end as outside,
        case
            when nullif(merged.count_events_of_alike, 0) is null then cast(0 as bigint)
            else try_cast(merged.count_events_of_alike as bigint)
        end as alike,
        case
            when nullif(merged.count_events_of_listed, 0) is null then cast(0 as bigint)
            else try_cast(merged.count_events_of_listed as bigint)
        end as listed,
        case
            when nullif(merged.count_events_of_not_listed, 0) is null then cast(0 as bigint)
            else try_cast(merged.count_events_of_not_listed as bigint)
        end as not_listed,
        case
            when nullif(merged.count_events_of_missing, 0) is null then cast(0 as bigint)
            else try_cast(merged.count_events_of_missing as bigint)
        end as missing,
        case
            when nullif(merged.count_events_of_all_and_any, 0) is null then cast(0 as bigint)
            else try_cast(merged.count_events_of_all_and_any as bigint)
        end as all_and_any
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
        computed.eq_text,
        computed.eq_number,
        computed.eq_boolean,
        computed.neq,
        computed.between_two,
        computed.outside,
        computed.alike,
        computed.listed,
        computed.not_listed,
        computed.missing,
        computed.all_and_any,
        published.updated_at as signals_updated_at,
        now_publishing.updated_at as signals_now,
        case
            when published.domain_userid is null then 'new'
            when computed.domain_userid is null then 'removed'
            {%- if is_comparable %}
            when
                published.signals_copies > 1
                or published.eq_text is distinct from computed.eq_text
                or published.eq_number is distinct from computed.eq_number
                or published.eq_boolean is distinct from computed.eq_boolean
                or published.neq is distinct from computed.neq
                or published.between_two is distinct from computed.between_two
                or published.outside is distinct from computed.outside
                or published.alike is distinct from computed.alike
                or published.listed is distinct from computed.listed
                or published.not_listed is distinct from computed.not_listed
                or published.missing is distinct from computed.missing
                or published.all_and_any is distinct from computed.all_and_any
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
    eq_text,
    eq_number,
    eq_boolean,
    neq,
    between_two,
    outside,
    alike,
    listed,
    not_listed,
    missing,
    all_and_any,
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
    null as eq_text,
    null as eq_number,
    null as eq_boolean,
    null as neq,
    null as between_two,
    null as outside,
    null as alike,
    null as listed,
    null as not_listed,
    null as missing,
    null as all_and_any,
    updated_at,
    '{{ 'partial' if is_partial else 'whole' }}' as change,
    {{ signals_seen(ref('criteria_1_entity_manifest'), days_manifest, limits) }} as signals_seen
from now_publishing
order by 1
