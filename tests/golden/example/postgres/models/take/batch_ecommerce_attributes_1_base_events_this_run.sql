-- Made by snowplow-batch-engine from view batch_ecommerce_attributes, version 1. Change the view, not this file.
{%- do signals_begin_model() %}
{{ config(materialized='signals_table', schema='scratch', tags=['signals_take']) }}
{%- set columns = signals_events_columns() %}
{%- do signals_require(columns, [
    {'what': 'column event_id', 'column': 'event_id', 'path': []},
    {'what': 'column load_tstamp', 'column': 'load_tstamp', 'path': []},
    {'what': 'domain_userid for the entity\x27s identifier', 'column': 'domain_userid', 'path': []}
]) %}
{%- set limits = ref('batch_ecommerce_attributes_1_base_new_event_limits') %}
{%- set stored_events = signals_state('batch_ecommerce_attributes_1_filtered_events') %}
{%- set taken = signals_taken(columns, limits) %}
{%- set bound = signals_setting('snowplow__duplicate_lookback_days') %}
{%- set event = 'event_id' if bound < 0 else 'event_id, occurrence' %}
{%- set arrived %}
    select
        cast(cast('x' || left(md5(event_id), 16) as bit(64)) as bigint) as event_key,
        cast(least(claimed_tstamp, load_tstamp) as date) as day
    from (
        select
            {{ signals_value(columns, 'text', 'event_id', 'event_id') }} as event_id,
            {{ signals_value(columns, 'time', 'load_tstamp', 'load_tstamp') }} as load_tstamp,
            coalesce(
                {{ signals_value(columns, 'time', 'derived_tstamp', 'derived_tstamp') }},
                {{ signals_value(columns, 'time', 'collector_tstamp', 'collector_tstamp') }}
            ) as claimed_tstamp
        from {{ source('atomic', 'events') }}
        where {{ taken }}
    ) as loaded
{%- endset %}

with loaded as (

    select
        {{ signals_value(columns, 'text', 'event_id', 'event_id') }} as event_id,
        {{ signals_value(columns, 'time', 'load_tstamp', 'load_tstamp') }} as load_tstamp,
        {{ signals_value(columns, 'time', 'collector_tstamp', 'collector_tstamp') }} as collector_tstamp,
        coalesce(
            {{ signals_value(columns, 'time', 'derived_tstamp', 'derived_tstamp') }},
            {{ signals_value(columns, 'time', 'collector_tstamp', 'collector_tstamp') }}
        ) as claimed_tstamp,
        {{ signals_value(columns, 'text', 'domain_userid', 'domain_userid') }} as domain_userid,
        {{ signals_value(columns, 'text', 'app_id', 'app_id') }} as app_id,
        {{ signals_value(columns, 'text', 'event_vendor', 'event_vendor') }} as event_vendor,
        {{ signals_value(columns, 'text', 'event_name', 'event_name') }} as event_name,
        {{ signals_value(
            columns, 'text',
            column='unstruct_event_com_snowplowanalytics_snowplow_ecommerce_snowplo',
            typed='to_jsonb(unstruct_event_com_snowplowanalytics_snowplow_ecommerce_snowplo) -> \x27type\x27',
            path=['type'],
            json='unstruct_event_com_snowplowanalytics_snowplow_ecommerce_snowplo -> \x27type\x27'
        ) }} as snowplow_ecommerce_action_type,
        {{ signals_of_elements(
            columns, 'number', 'number', 'sum',
            column='contexts_com_snowplowanalytics_snowplow_ecommerce_product_1',
            typed='to_jsonb(one) -> \x27price\x27',
            path=['price'],
            json='one -> \x27price\x27'
        ) }} as product_all_price_as_number_sum,
        {{ signals_value(columns, 'text', 'mkt_source', 'mkt_source') }} as mkt_source,
        {{ signals_value(
            columns, 'text',
            column='contexts_nl_basjes_yauaa_context_1',
            typed='to_jsonb(contexts_nl_basjes_yauaa_context_1) -> 0 -> \x27device_class\x27',
            path=[0, 'device_class'],
            json='contexts_nl_basjes_yauaa_context_1 -> 0 -> \x27deviceClass\x27'
        ) }} as yauaa_context_device_class
    from {{ source('atomic', 'events') }}
    where {{ taken }}

),

dated as (

    -- a clock that runs ahead cannot create days in the future
    select
        *,
        least(claimed_tstamp, load_tstamp) as event_tstamp,
        cast(least(claimed_tstamp, load_tstamp) as date) as day
    from loaded

),

in_scope as (

    select dated.*, limits.seen_before, limits.chunk, cast(cast('x' || left(md5(event_id), 16) as bit(64)) as bigint) as event_key
    from dated
    inner join {{ limits }} as limits on limits.bucket = date_trunc('hour', dated.load_tstamp)
    where
        (event_id <> '' and claimed_tstamp is not null)
        and (load_tstamp >= timestamp '{{ signals_start_date() }} 00:00:00' and day >= date '{{ signals_start_date() }}')
        and ({{ signals_app_condition() }})
        and (domain_userid <> '')
        and (
            (
                event_vendor = 'com.snowplowanalytics.snowplow.ecommerce'
                and event_name = 'snowplow_ecommerce_action'
            )
            or (event_vendor = 'com.snowplowanalytics.snowplow' and event_name = 'page_view')
        )
        {{- signals_only_added(limits) }}

),

repeated as (

    -- keys of events that came more than once; found by a narrow key, and counted by the event itself below
    select event_key
    from in_scope
    group by event_key
    having count(*) > 1

),

{% if bound >= 0 -%}
apart as (

    -- copies whose days are more than {{ bound }} apart are events of their own
    select *, sum(is_apart) over (partition by event_id order by day) as occurrence
    from (
        select
            *,
            case
                when day - lag(day) over (partition by event_id order by day) <= {{ bound }} then 0
                else 1
            end as is_apart
        from in_scope
        where event_key in (select event_key from repeated)
    ) as compared

),

{% endif -%}
first_copies as (

    -- all rows with one event_id are one event; the first copy that was loaded wins
    select *
    from (
        select
            *,
            count(*) over (partition by {{ event }}) as copies,
            count(case when seen_before then 1 end) over (partition by {{ event }}) as copies_seen_before,
            row_number() over (
                partition by {{ event }}
                order by load_tstamp, collector_tstamp nulls last, event_tstamp, domain_userid
            ) as copy_number
        from {{ 'in_scope' if bound < 0 else 'apart' }}
        where event_key in (select event_key from repeated)
    ) as numbered
    where copy_number = 1

    union all

    -- most events came once: they need no order
    select
        in_scope.*,
        {%- if bound >= 0 %}
        1 as is_apart,
        1 as occurrence,
        {%- endif %}
        1 as copies,
        case when in_scope.seen_before then 1 else 0 end as copies_seen_before,
        1 as copy_number
    from in_scope
    left join repeated on repeated.event_key = in_scope.event_key
    where repeated.event_key is null

),

stored as (

    -- the winners so far of these events; few, found by a narrow key and their days before any wide column is read
    {% if stored_events is not none -%}
    select event_key, event_id, load_tstamp, collector_tstamp, event_tstamp, domain_userid, day
    from {{ stored_events }}
    where {{ signals_stored_copies(stored_events, arrived, bound) }}
    {%- else -%}
    select event_key, event_id, load_tstamp, collector_tstamp, event_tstamp, domain_userid, day
    from in_scope
    where false
    {%- endif %}

)
{%- if bound >= 0 %},

near as (

    -- of several the first, and each gives way to one
    select
        stored.*,
        first_copies.day as near_day,
        row_number() over (
            partition by first_copies.event_id, first_copies.day
            order by stored.load_tstamp, stored.collector_tstamp nulls last, stored.event_tstamp, stored.domain_userid
        ) as place,
        row_number() over (
            partition by stored.event_id, stored.day
            order by first_copies.load_tstamp, first_copies.collector_tstamp nulls last, first_copies.event_tstamp, first_copies.domain_userid
        ) as place_of_stored
    from first_copies
    inner join stored on stored.event_key = first_copies.event_key and stored.event_id = first_copies.event_id
    where abs(first_copies.day - stored.day) <= {{ bound }}

)
{%- endif %}

select
    first_copies.event_id,
    first_copies.event_key,
    first_copies.domain_userid,
    first_copies.day,
    first_copies.event_tstamp,
    first_copies.load_tstamp,
    first_copies.collector_tstamp,
    first_copies.event_vendor,
    first_copies.event_name,
    first_copies.snowplow_ecommerce_action_type,
    first_copies.product_all_price_as_number_sum,
    first_copies.mkt_source,
    first_copies.yauaa_context_device_class,
    first_copies.copies,
    first_copies.copies_seen_before,
    first_copies.seen_before,
    stored.event_id is null
        or (
            first_copies.load_tstamp,
            coalesce(first_copies.collector_tstamp, cast('9999-12-31 23:59:59.999999' as timestamp)),
            first_copies.event_tstamp,
            first_copies.domain_userid
        ) < (
            stored.load_tstamp,
            coalesce(stored.collector_tstamp, cast('9999-12-31 23:59:59.999999' as timestamp)),
            stored.event_tstamp,
            stored.domain_userid
        ) as is_winner,
    {% if bound < 0 -%}
    stored.day as stored_day,
    stored.domain_userid as stored_identifier,
    {%- else -%}
    case when stored.place_of_stored = 1 then stored.day end as stored_day,
    case when stored.place_of_stored = 1 then stored.domain_userid end as stored_identifier,
    {%- endif %}
    first_copies.chunk
from first_copies
{% if bound < 0 -%}
left join stored on stored.event_key = first_copies.event_key and stored.event_id = first_copies.event_id
{%- else -%}
left join near as stored
    on stored.event_id = first_copies.event_id and stored.near_day = first_copies.day and stored.place = 1
{%- endif %}

union all

-- a row that is not an event, so that it can be seen of which chunk this table is, even when it holds none
select
    null,
    null,
    null,
    null,
    null,
    null,
    null,
    null,
    null,
    null,
    null,
    null,
    null,
    0,
    0,
    false,
    false,
    null,
    null,
    chunk
from (select distinct chunk from {{ limits }}) as planned
