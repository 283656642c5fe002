-- Made by snowplow-batch-engine from view batch_ecommerce_attributes, version 1. Change the view, not this file.
{%- do signals_begin_model() %}
{{ config(
    materialized='signals_append', schema='snowplow_manifest', tags=['signals_take']
) }}
{%- set columns = signals_events_columns() %}
{%- set limits = ref('batch_ecommerce_attributes_1_base_new_event_limits') %}

-- The accounting of a chunk, written before its events are stored; `is_stored` is set together with them.
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
        {{ signals_value(columns, 'text', 'event_name', 'event_name') }} as event_name
    from {{ source('atomic', 'events') }}
    where {{ signals_taken(columns, limits) }}

),

dated as (

    select *, cast(least(claimed_tstamp, load_tstamp) as date) as day from loaded

),

reasons as (

    select
        case
            when not coalesce(event_id <> '' and claimed_tstamp is not null, false) then 'incomplete'
            when not coalesce(load_tstamp >= timestamp_ntz '{{ signals_start_date() }} 00:00:00' and day >= date '{{ signals_start_date() }}', false) then 'before_start'
            when not coalesce({{ signals_app_condition() }}, false) then 'other_app'
            when not coalesce(domain_userid <> '', false) then 'no_entity'
            when not coalesce(
                (
                    event_vendor = 'com.snowplowanalytics.snowplow.ecommerce'
                    and event_name = 'snowplow_ecommerce_action'
                )
                or (event_vendor = 'com.snowplowanalytics.snowplow' and event_name = 'page_view'),
                false
            ) then 'irrelevant'
        end as reason
    from dated
    inner join {{ limits }} as limits on limits.bucket = cast(cast(dated.load_tstamp as date) as timestamp_ntz) + make_dt_interval(0, hour(dated.load_tstamp))
    where
        true
        {{- signals_only_added(limits) }}

),

left_out as (

    select
        count(case when reason = 'incomplete' then 1 end) as rows_incomplete,
        count(case when reason = 'before_start' then 1 end) as rows_before_start,
        count(case when reason = 'other_app' then 1 end) as rows_other_app,
        count(case when reason = 'no_entity' then 1 end) as rows_no_entity,
        count(case when reason = 'irrelevant' then 1 end) as rows_irrelevant
    from reasons

),

in_scope as (

    select
        coalesce(sum(copies), 0) as rows_in_scope,
        count(case when is_winner then 1 end) as rows_used,
        -- a bucket that is taken again shows its rows again; of all other rows that did not win, each is a duplicate
        coalesce(sum(copies_seen_before - case when is_winner and seen_before then 1 else 0 end), 0)
            as rows_seen_before,
        count(case when is_winner and stored_day is not null then 1 end) as winners_replaced
    from {{ ref('batch_ecommerce_attributes_1_base_events_this_run') }}

)

select
    limits.chunk,
    limits.run_id,
    limits.planned_at,
    limits.as_of,
    cast(
        in_scope.rows_in_scope
        + left_out.rows_incomplete
        + left_out.rows_before_start
        + left_out.rows_other_app
        + left_out.rows_no_entity
        + left_out.rows_irrelevant
        as bigint
    ) as rows_read,
    cast(in_scope.rows_used as bigint) as rows_used,
    cast(in_scope.rows_in_scope - in_scope.rows_used - in_scope.rows_seen_before as bigint) as rows_duplicate,
    cast(in_scope.rows_seen_before as bigint) as rows_seen_before,
    cast(left_out.rows_incomplete as bigint) as rows_incomplete,
    cast(left_out.rows_before_start as bigint) as rows_before_start,
    cast(left_out.rows_other_app as bigint) as rows_other_app,
    cast(left_out.rows_no_entity as bigint) as rows_no_entity,
    cast(left_out.rows_irrelevant as bigint) as rows_irrelevant,
    cast(in_scope.winners_replaced as bigint) as winners_replaced,
    false as is_stored
from (select distinct chunk, run_id, planned_at, as_of from {{ limits }} where bucket is not null{{ signals_unless_there('chunk') }}) as limits
cross join left_out
cross join in_scope
