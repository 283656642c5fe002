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
        max_by(last_transaction_coupon, day) filter(where last_transaction_coupon is not null) as last_transaction_coupon
    from days
    group by domain_userid

),

values_transaction_coupon as (

    select
        domain_userid,
        value,
        sum(n) as n,
        max(last_tstamp) as last_tstamp,
        max_by(last_event_id, last_tstamp) as last_event_id
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
            transform(
                array_sort(
                    collect_list(named_struct('col1', last_tstamp, 'col2', last_event_id, 'col3', fitting)) filter(
                        where fitting is not null and place <= 100
                    )
                ),
                one -> one.col3
            ),
            cast(array() as array<boolean>)
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
        map_from_entries(
            transform(
                array_sort(
                    collect_list(named_struct('col1', place, 'col2', fitting, 'col3', n)) filter(where place <= 100)
                ),
                one -> struct(one.col2, one.col3)
            )
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
            when merged.last_transaction_coupon is null then cast('none' as binary)
            else cast(merged.last_transaction_coupon as binary)
        end as as_bytes,
        coalesce(merged.last_transaction_coupon, cast('' as string)) as as_string,
        case
            when merged.last_transaction_coupon is null then cast(-1 as int)
            when regexp_like(merged.last_transaction_coupon, '^(?:[+-]?\\d+)\\z')
                then try_cast(merged.last_transaction_coupon as int)
            when regexp_like(merged.last_transaction_coupon, '^(?:[+-]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d+)?)\\z')
                then case
                    when (
                        (try_cast(merged.last_transaction_coupon as double) % 1) = 0
                        and try_cast(merged.last_transaction_coupon as double) >= -2147483648e0
                        and try_cast(merged.last_transaction_coupon as double) < 2147483648e0
                    )
                        then cast(try_cast(merged.last_transaction_coupon as double) as int)
                end
        end as as_int32,
        case
            when merged.last_transaction_coupon is null then cast(1099511627776 as bigint)
            when regexp_like(merged.last_transaction_coupon, '^(?:[+-]?\\d+)\\z')
                then try_cast(merged.last_transaction_coupon as bigint)
            when regexp_like(merged.last_transaction_coupon, '^(?:[+-]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d+)?)\\z')
                then case
                    when (
                        (try_cast(merged.last_transaction_coupon as double) % 1) = 0
                        and try_cast(merged.last_transaction_coupon as double) >= -9223372036854775808e0
                        and try_cast(merged.last_transaction_coupon as double) < 9223372036854775808e0
                    )
                        then cast(try_cast(merged.last_transaction_coupon as double) as bigint)
                end
        end as as_int64,
        case
            when merged.last_transaction_coupon is null then cast(0.5e0 as double)
            when (
                regexp_like(merged.last_transaction_coupon, '^(?:[+-]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d+)?)\\z')
                and abs(try_cast(merged.last_transaction_coupon as double)) < double('infinity')
            )
                then try_cast(merged.last_transaction_coupon as double)
        end as as_double,
        case
            when merged.last_transaction_coupon is null then cast(1.0e0 as float)
            when (
                regexp_like(merged.last_transaction_coupon, '^(?:[+-]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d+)?)\\z')
                and abs(cast(try_cast(merged.last_transaction_coupon as double) as float)) < double('infinity')
            )
                then cast(try_cast(merged.last_transaction_coupon as double) as float)
        end as as_float,
        case
            when merged.last_transaction_coupon is null then cast(false as boolean)
            when lower(merged.last_transaction_coupon) = 'true' then true
            when lower(merged.last_transaction_coupon) = 'false' then false
        end as as_bool,
        case
            when merged.last_transaction_coupon is null then cast(0 as bigint)
            else cast(
                floor(cast(cast(case when regexp_like(merged.last_transaction_coupon, '^(?:\\d{4}-\\d{2}-\\d{2}([T ]([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d(\\.\\d+)?)?)?)\\z') then case when try_cast(merged.last_transaction_coupon as timestamp_ntz) between cast('0001-01-01 00:00:00' as timestamp_ntz) and cast('9999-12-31 23:59:59.999999' as timestamp_ntz) then try_cast(merged.last_transaction_coupon as timestamp_ntz) end when regexp_like(merged.last_transaction_coupon, '^(?:\\d{4}-\\d{2}-\\d{2}[T ]([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d(\\.\\d+)?)?(Z|[+-]([01]\\d|2[0-3])(:?[0-5]\\d)?))\\z') then case when try_cast(regexp_extract(merged.last_transaction_coupon, '^(.{10}[T ][0-9:]{5,8}(?:[.][0-9]+)?)', 1) as timestamp_ntz) - (make_dt_interval(0, coalesce(try_cast(regexp_extract(merged.last_transaction_coupon, '([+-])([0-9]{2}):?([0-9]{2})?$', 2) as int), 0), coalesce(try_cast(regexp_extract(merged.last_transaction_coupon, '([+-])([0-9]{2}):?([0-9]{2})?$', 3) as int), 0)) * case when regexp_extract(merged.last_transaction_coupon, '([+-])([0-9]{2}):?([0-9]{2})?$', 1) = '-' then -1 else 1 end) between cast('0001-01-01 00:00:00' as timestamp_ntz) and cast('9999-12-31 23:59:59.999999' as timestamp_ntz) then try_cast(regexp_extract(merged.last_transaction_coupon, '^(.{10}[T ][0-9:]{5,8}(?:[.][0-9]+)?)', 1) as timestamp_ntz) - (make_dt_interval(0, coalesce(try_cast(regexp_extract(merged.last_transaction_coupon, '([+-])([0-9]{2}):?([0-9]{2})?$', 2) as int), 0), coalesce(try_cast(regexp_extract(merged.last_transaction_coupon, '([+-])([0-9]{2}):?([0-9]{2})?$', 3) as int), 0)) * case when regexp_extract(merged.last_transaction_coupon, '([+-])([0-9]{2}):?([0-9]{2})?$', 1) = '-' then -1 else 1 end) end end - cast('1970-01-01 00:00:00' as timestamp_ntz) as interval second) as decimal(20, 6)))
                as bigint
            )
        end as as_unix_timestamp,
        case
            when merged.last_transaction_coupon is null then cast('2025-01-01 00:00:00' as timestamp_ntz)
            when regexp_like(merged.last_transaction_coupon, '^(?:\\d{4}-\\d{2}-\\d{2}([T ]([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d(\\.\\d+)?)?)?)\\z')
                then case
                    when try_cast(merged.last_transaction_coupon as timestamp_ntz)
                    between cast('0001-01-01 00:00:00' as timestamp_ntz) and cast('9999-12-31 23:59:59.999999' as timestamp_ntz)
                        then try_cast(merged.last_transaction_coupon as timestamp_ntz)
                end
            when regexp_like(merged.last_transaction_coupon, '^(?:\\d{4}-\\d{2}-\\d{2}[T ]([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d(\\.\\d+)?)?(Z|[+-]([01]\\d|2[0-3])(:?[0-5]\\d)?))\\z')
                then case
                    when try_cast(regexp_extract(merged.last_transaction_coupon, '^(.{10}[T ][0-9:]{5,8}(?:[.][0-9]+)?)', 1) as timestamp_ntz) - (make_dt_interval(0, coalesce(try_cast(regexp_extract(merged.last_transaction_coupon, '([+-])([0-9]{2}):?([0-9]{2})?$', 2) as int), 0), coalesce(try_cast(regexp_extract(merged.last_transaction_coupon, '([+-])([0-9]{2}):?([0-9]{2})?$', 3) as int), 0)) * case when regexp_extract(merged.last_transaction_coupon, '([+-])([0-9]{2}):?([0-9]{2})?$', 1) = '-' then -1 else 1 end)
                    between cast('0001-01-01 00:00:00' as timestamp_ntz) and cast('9999-12-31 23:59:59.999999' as timestamp_ntz)
                        then try_cast(regexp_extract(merged.last_transaction_coupon, '^(.{10}[T ][0-9:]{5,8}(?:[.][0-9]+)?)', 1) as timestamp_ntz) - (make_dt_interval(0, coalesce(try_cast(regexp_extract(merged.last_transaction_coupon, '([+-])([0-9]{2}):?([0-9]{2})?$', 2) as int), 0), coalesce(try_cast(regexp_extract(merged.last_transaction_coupon, '([+-])([0-9]{2}):?([0-9]{2})?$', 3) as int), 0)) * case when regexp_extract(merged.last_transaction_coupon, '([+-])([0-9]{2}):?([0-9]{2})?$', 1) = '-' then -1 else 1 end)
                end
        end as as_timestamp,
        coalesce(as_list_collected.collected, cast(array(cast(true as boolean)) as array<boolean>)) as as_list,
        coalesce(as_dict_collected.collected, cast(map('none', 1) as map<string, bigint>)) as as_dict
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
                or array_sort(map_entries(published.as_dict)) is distinct from array_sort(map_entries(computed.as_dict))
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
    cast(null as string) as signals_seen
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
