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
        array_agg(if(last_transaction_coupon is not null, last_transaction_coupon, null) ignore nulls order by day desc limit 1)[safe_offset(0)] as last_transaction_coupon
    from days
    group by domain_userid

),

values_transaction_coupon as (

    select
        domain_userid,
        value,
        sum(n) as n,
        max(last_tstamp) as last_tstamp,
        array_agg(last_event_id order by last_tstamp desc limit 1)[safe_offset(0)] as last_event_id
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
            array_agg(if(fitting is not null and place <= 100, fitting, null) ignore nulls order by last_tstamp asc, last_event_id asc),
            array<bool>[]
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
                safe_cast(value as bool) as fitting
            from values_transaction_coupon
        ) as fitted
    ) as ranked
    group by domain_userid

),

as_dict_collected as (

    select
        domain_userid,
        array_agg(if(place <= 100, struct(fitting as key, n as value), null) ignore nulls order by place asc) as collected
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
            when merged.last_transaction_coupon is null then cast('none' as bytes)
            else cast(merged.last_transaction_coupon as bytes)
        end as as_bytes,
        coalesce(merged.last_transaction_coupon, cast('' as string)) as as_string,
        case
            when merged.last_transaction_coupon is null then cast(-1 as int64)
            when regexp_contains(merged.last_transaction_coupon, '^(?:[+-]?\\d+)\\z')
                then if(
                    safe_cast(merged.last_transaction_coupon as int64) between -2147483648 and 2147483647,
                    safe_cast(merged.last_transaction_coupon as int64),
                    null
                )
            when regexp_contains(
                merged.last_transaction_coupon,
                '^(?:[+-]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d+)?)\\z'
            )
                then if(
                    safe_cast(merged.last_transaction_coupon as float64)
                    = trunc(safe_cast(merged.last_transaction_coupon as float64))
                    and safe_cast(merged.last_transaction_coupon as float64) >= -2147483648e0
                    and safe_cast(merged.last_transaction_coupon as float64) < 2147483648e0,
                    safe_cast(safe_cast(merged.last_transaction_coupon as float64) as int64),
                    null
                )
        end as as_int32,
        case
            when merged.last_transaction_coupon is null then cast(1099511627776 as int64)
            when regexp_contains(merged.last_transaction_coupon, '^(?:[+-]?\\d+)\\z')
                then safe_cast(merged.last_transaction_coupon as int64)
            when regexp_contains(
                merged.last_transaction_coupon,
                '^(?:[+-]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d+)?)\\z'
            )
                then if(
                    safe_cast(merged.last_transaction_coupon as float64)
                    = trunc(safe_cast(merged.last_transaction_coupon as float64))
                    and safe_cast(merged.last_transaction_coupon as float64) >= -9223372036854775808e0
                    and safe_cast(merged.last_transaction_coupon as float64) < 9223372036854775808e0,
                    safe_cast(safe_cast(merged.last_transaction_coupon as float64) as int64),
                    null
                )
        end as as_int64,
        case
            when merged.last_transaction_coupon is null then cast(0.5e0 as float64)
            else if(
                regexp_contains(
                    merged.last_transaction_coupon,
                    '^(?:[+-]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d+)?)\\z'
                )
                and abs(safe_cast(merged.last_transaction_coupon as float64)) <= 1.7976931348623157e308,
                safe_cast(merged.last_transaction_coupon as float64),
                null
            )
        end as as_double,
        case
            when merged.last_transaction_coupon is null then cast(1.0e0 as float64)
            else if(
                regexp_contains(
                    merged.last_transaction_coupon,
                    '^(?:[+-]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d+)?)\\z'
                ),
                case
                    when abs(safe_cast(merged.last_transaction_coupon as float64)) < 1.1754943508222875e-38
                        then (safe_cast(merged.last_transaction_coupon as float64) + 9.466330862652142e-30) - 9.466330862652142e-30
                    when abs(safe_cast(merged.last_transaction_coupon as float64)) < 3.4028235677973366e38
                        then safe_cast(merged.last_transaction_coupon as float64) * 536870913e0 - (safe_cast(merged.last_transaction_coupon as float64) * 536870913e0 - safe_cast(merged.last_transaction_coupon as float64))
                end,
                null
            )
        end as as_float,
        case
            when merged.last_transaction_coupon is null then cast(false as bool)
            else safe_cast(merged.last_transaction_coupon as bool)
        end as as_bool,
        case
            when merged.last_transaction_coupon is null then cast(0 as int64)
            else unix_seconds(
                timestamp(
                    if(
                        regexp_contains(
                            merged.last_transaction_coupon,
                            '^(?:\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])([T ]([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d(\\.\\d+)?)?(Z|[+-]([01]\\d|2[0-3])(:?[0-5]\\d)?)?)?)\\z'
                        ),
                        safe.datetime_sub(
                            safe.datetime_sub(
                                safe_cast(
                                    regexp_replace(
                                        regexp_extract(merged.last_transaction_coupon, '^.{10}(?:[T ][0-9:]{5,8}(?:[.][0-9]{1,6})?)?'),
                                        '^(.{16})\\z',
                                        '\\1:00'
                                    )
                                    as datetime
                                ),
                                interval (div(coalesce(safe_cast(rpad(replace(regexp_extract(merged.last_transaction_coupon, '^.{11}.*([+-][0-9]{2}:?(?:[0-9]{2})?)\\z'), ':', ''), 5, '0') as int64), 0), 100)) hour
                            ),
                            interval (mod(coalesce(safe_cast(rpad(replace(regexp_extract(merged.last_transaction_coupon, '^.{11}.*([+-][0-9]{2}:?(?:[0-9]{2})?)\\z'), ':', ''), 5, '0') as int64), 0), 100)) minute
                        ),
                        null
                    ),
                    'UTC'
                )
            )
        end as as_unix_timestamp,
        case
            when merged.last_transaction_coupon is null then cast('2025-01-01 00:00:00' as datetime)
            else if(
                regexp_contains(
                    merged.last_transaction_coupon,
                    '^(?:\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])([T ]([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d(\\.\\d+)?)?(Z|[+-]([01]\\d|2[0-3])(:?[0-5]\\d)?)?)?)\\z'
                ),
                safe.datetime_sub(
                    safe.datetime_sub(
                        safe_cast(
                            regexp_replace(
                                regexp_extract(merged.last_transaction_coupon, '^.{10}(?:[T ][0-9:]{5,8}(?:[.][0-9]{1,6})?)?'),
                                '^(.{16})\\z',
                                '\\1:00'
                            )
                            as datetime
                        ),
                        interval (div(coalesce(safe_cast(rpad(replace(regexp_extract(merged.last_transaction_coupon, '^.{11}.*([+-][0-9]{2}:?(?:[0-9]{2})?)\\z'), ':', ''), 5, '0') as int64), 0), 100)) hour
                    ),
                    interval (mod(coalesce(safe_cast(rpad(replace(regexp_extract(merged.last_transaction_coupon, '^.{11}.*([+-][0-9]{2}:?(?:[0-9]{2})?)\\z'), ':', ''), 5, '0') as int64), 0), 100)) minute
                ),
                null
            )
        end as as_timestamp,
        coalesce(as_list_collected.collected, array<bool>[cast(true as bool)]) as as_list,
        coalesce(as_dict_collected.collected, array<struct<key string, value int64>>[('none', 1)]) as as_dict
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
                        abs(safe_subtract(published.as_double, computed.as_double))
                        > 1e-12 * greatest(abs(published.as_double), abs(computed.as_double)),
                        true
                    )
                )
                or (
                    published.as_float is distinct from computed.as_float
                    and coalesce(
                        abs(safe_subtract(published.as_float, computed.as_float))
                        > 1e-12 * greatest(abs(published.as_float), abs(computed.as_float)),
                        true
                    )
                )
                or published.as_bool is distinct from computed.as_bool
                or published.as_unix_timestamp is distinct from computed.as_unix_timestamp
                or published.as_timestamp is distinct from computed.as_timestamp
                or to_json_string(published.as_list) is distinct from to_json_string(computed.as_list)
                or to_json_string(published.as_dict) is distinct from to_json_string(computed.as_dict)
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
