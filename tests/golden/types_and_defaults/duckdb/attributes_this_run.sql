-- Made by snowplow-batch-engine from view types_and_defaults, version 1. Change the view, not this file.
{{ config(materialized='signals_table', schema='scratch', tags=['signals_publish']) }}
{%- set limits = ref('types_and_defaults_1_base_new_event_limits') %}
{%- set as_of = signals_this_run(limits, 'as_of', 'day') %}
{%- set days_manifest = ref('types_and_defaults_1_daily_aggregation_manifest') %}
{%- set found = signals_published(signals_state('types_and_defaults_1_attributes'), 'domain_userid', [
    'domain_userid', 'as_bytes', 'as_string', 'as_int32', 'as_int64', 'as_double', 'as_float',
    'as_bool', 'as_unix_timestamp', 'as_timestamp', 'as_list', 'as_dict', 'updated_at'
]) %}
{%- set published, is_comparable = found.relation, found.is_comparable %}
{%- set removed = signals_state('types_and_defaults_1_removed_entities') %}
{%- set publication = signals_state('types_and_defaults_1_publication_manifest') %}
{%- set is_partial = is_comparable and publication is not none %}

with out_of_date as (

    -- nobody else's row can have changed since the last publication
    select distinct domain_userid from {{ ref('types_and_defaults_1_entity_manifest') }}

),

days as (

    select
        *
    from {{ ref('types_and_defaults_1_daily_aggregates') }}
    where
        day <= date '{{ as_of }}'
        {%- if is_partial %}
        and domain_userid in (select domain_userid from out_of_date)
        {%- endif %}

),

merged as (

    select
        domain_userid,
        arg_max(last_transaction_coupon, day) filter(where last_transaction_coupon is not null) as last_transaction_coupon
    from days
    group by domain_userid

),

values_transaction_coupon as (

    select
        domain_userid,
        value,
        sum(n) as n,
        max(last_tstamp) as last_tstamp,
        arg_max(last_event_id, last_tstamp) as last_event_id
    from {{ ref('types_and_defaults_1_daily_values') }}
    where
        slot = 'values_transaction_coupon'
        and day <= date '{{ as_of }}'
        {%- if is_partial %}
        and domain_userid in (select domain_userid from out_of_date)
        {%- endif %}
    group by domain_userid, value

),

as_list_collected as (

    select
        domain_userid,
        coalesce(
            list(fitting order by last_tstamp asc, last_event_id asc) filter(
                where fitting is not null and place <= 100
            ),
            cast([] as boolean[])
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
                case when lower(value) = 'true' then true when lower(value) = 'false' then false end as fitting
            from values_transaction_coupon
        ) as fitted
    ) as ranked
    group by domain_userid

),

as_dict_collected as (

    select
        domain_userid,
        cast(
            map(
                list(fitting order by place asc) filter(where place <= 100),
                list(n order by place asc) filter(where place <= 100)
            )
            as map(text, bigint)
        ) as collected
    from (
        select
            *,
            row_number() over (
                partition by domain_userid, fitting is null
                order by n desc, last_tstamp desc, last_event_id desc
            ) as place
        from (
            select
                *,
                value as fitting
            from values_transaction_coupon
        ) as fitted
    ) as ranked
    group by domain_userid

),

computed as (

    select
        merged.domain_userid,
        case
            when merged.last_transaction_coupon is null then encode('none')
            else encode(merged.last_transaction_coupon)
        end as as_bytes,
        coalesce(merged.last_transaction_coupon, cast('' as text)) as as_string,
        case
            when merged.last_transaction_coupon is null then cast(-1 as int)
            when regexp_full_match(merged.last_transaction_coupon, '[+-]?\d+')
                then try_cast(merged.last_transaction_coupon as int)
            when (
                regexp_full_match(merged.last_transaction_coupon, '[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?')
                and try_cast(merged.last_transaction_coupon as double)
                = trunc(try_cast(merged.last_transaction_coupon as double))
            )
                then try_cast(try_cast(merged.last_transaction_coupon as double) as int)
        end as as_int32,
        case
            when merged.last_transaction_coupon is null then cast(1099511627776 as bigint)
            when regexp_full_match(merged.last_transaction_coupon, '[+-]?\d+')
                then try_cast(merged.last_transaction_coupon as bigint)
            when (
                regexp_full_match(merged.last_transaction_coupon, '[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?')
                and try_cast(merged.last_transaction_coupon as double)
                = trunc(try_cast(merged.last_transaction_coupon as double))
            )
                then try_cast(try_cast(merged.last_transaction_coupon as double) as bigint)
        end as as_int64,
        case
            when merged.last_transaction_coupon is null then cast(0.5e0 as double)
            when (
                regexp_full_match(merged.last_transaction_coupon, '[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?')
                and isfinite(try_cast(merged.last_transaction_coupon as double))
            )
                then try_cast(merged.last_transaction_coupon as double)
        end as as_double,
        case
            when merged.last_transaction_coupon is null then cast(1.0e0 as real)
            when (
                regexp_full_match(merged.last_transaction_coupon, '[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?')
                and isfinite(try_cast(try_cast(merged.last_transaction_coupon as double) as real))
            )
                then try_cast(try_cast(merged.last_transaction_coupon as double) as real)
        end as as_float,
        case
            when merged.last_transaction_coupon is null then cast(false as boolean)
            when lower(merged.last_transaction_coupon) = 'true' then true
            when lower(merged.last_transaction_coupon) = 'false' then false
        end as as_bool,
        case
            when merged.last_transaction_coupon is null then cast(0 as bigint)
            else cast(
                epoch(
                    date_trunc(
                        'second',
                        case
                            when regexp_full_match(
                                merged.last_transaction_coupon,
                                '\d{4}-\d{2}-\d{2}([T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?)?'
                            )
                                then case
                                    when try_cast(merged.last_transaction_coupon as timestamp)
                                    between cast('0001-01-01 00:00:00' as timestamp) and cast('9999-12-31 23:59:59.999999' as timestamp)
                                        then try_cast(merged.last_transaction_coupon as timestamp)
                                end
                            when regexp_full_match(
                                merged.last_transaction_coupon,
                                '\d{4}-\d{2}-\d{2}[T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?(Z|[+-]([01]\d|2[0-3])(:?[0-5]\d)?)'
                            )
                                then case
                                    when try_cast(merged.last_transaction_coupon as timestamptz) at time zone 'UTC'
                                    between cast('0001-01-01 00:00:00' as timestamp) and cast('9999-12-31 23:59:59.999999' as timestamp)
                                        then try_cast(merged.last_transaction_coupon as timestamptz) at time zone 'UTC'
                                end
                        end
                    )
                )
                as bigint
            )
        end as as_unix_timestamp,
        case
            when merged.last_transaction_coupon is null then cast('2025-01-01 00:00:00' as timestamp)
            when regexp_full_match(
                merged.last_transaction_coupon,
                '\d{4}-\d{2}-\d{2}([T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?)?'
            )
                then case
                    when try_cast(merged.last_transaction_coupon as timestamp)
                    between cast('0001-01-01 00:00:00' as timestamp) and cast('9999-12-31 23:59:59.999999' as timestamp)
                        then try_cast(merged.last_transaction_coupon as timestamp)
                end
            when regexp_full_match(
                merged.last_transaction_coupon,
                '\d{4}-\d{2}-\d{2}[T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?(Z|[+-]([01]\d|2[0-3])(:?[0-5]\d)?)'
            )
                then case
                    when try_cast(merged.last_transaction_coupon as timestamptz) at time zone 'UTC'
                    between cast('0001-01-01 00:00:00' as timestamp) and cast('9999-12-31 23:59:59.999999' as timestamp)
                        then try_cast(merged.last_transaction_coupon as timestamptz) at time zone 'UTC'
                end
        end as as_timestamp,
        coalesce(as_list_collected.collected, cast([cast(true as boolean)] as boolean[])) as as_list,
        coalesce(as_dict_collected.collected, cast(map(['none'], [1]) as map(text, bigint))) as as_dict
    from merged
    left join as_list_collected on as_list_collected.domain_userid = merged.domain_userid
    left join as_dict_collected on as_dict_collected.domain_userid = merged.domain_userid

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
        computed.as_bytes,
        computed.as_string,
        computed.as_int32,
        computed.as_int64,
        computed.as_double,
        computed.as_float,
        computed.as_bool,
        computed.as_unix_timestamp,
        computed.as_timestamp,
        computed.as_list,
        computed.as_dict,
        published.updated_at as signals_updated_at,
        now_publishing.updated_at as signals_now,
        case
            when published.domain_userid is null then 'new'
            when computed.domain_userid is null then 'removed'
            {%- if is_comparable %}
            when
                published.signals_copies > 1
                or published.as_bytes is distinct from computed.as_bytes
                or published.as_string is distinct from computed.as_string
                or published.as_int32 is distinct from computed.as_int32
                or published.as_int64 is distinct from computed.as_int64
                or (
                    published.as_double is distinct from computed.as_double
                    and coalesce(
                        abs(published.as_double - computed.as_double)
                        > 1e-12 * greatest(abs(published.as_double), abs(computed.as_double)),
                        true
                    )
                )
                or (
                    published.as_float is distinct from computed.as_float
                    and coalesce(
                        abs(published.as_float - computed.as_float)
                        > 1e-12 * greatest(abs(published.as_float), abs(computed.as_float)),
                        true
                    )
                )
                or published.as_bool is distinct from computed.as_bool
                or published.as_unix_timestamp is distinct from computed.as_unix_timestamp
                or published.as_timestamp is distinct from computed.as_timestamp
                or published.as_list is distinct from computed.as_list
                or published.as_dict is distinct from computed.as_dict
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
    as_bytes,
    as_string,
    as_int32,
    as_int64,
    as_double,
    as_float,
    as_bool,
    as_unix_timestamp,
    as_timestamp,
    as_list,
    as_dict,
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
    null as as_bytes,
    null as as_string,
    null as as_int32,
    null as as_int64,
    null as as_double,
    null as as_float,
    null as as_bool,
    null as as_unix_timestamp,
    null as as_timestamp,
    null as as_list,
    null as as_dict,
    updated_at,
    '{{ 'partial' if is_partial else 'whole' }}' as change,
    {{ signals_seen(ref('types_and_defaults_1_entity_manifest'), days_manifest, limits) }} as signals_seen
from now_publishing
order by 1
