-- Made by snowplow-batch-engine from view batch_ecommerce_attributes, version 1. Change the view, not this file.
{%- do signals_begin_model() %}
{{ config(materialized='signals_table', schema='scratch', tags=['signals_publish']) }}
{%- set limits = ref('batch_ecommerce_attributes_1_base_new_event_limits') %}
{%- set as_of = signals_this_run(limits, 'as_of', 'day') %}
{%- do signals_keep_history([
    'domain_userid',
    'day',
    'events',
    'count_snowplow_ecommerce_action_add_to_cart',
    'sum_product_all_price_as_number',
    'first_mkt_source',
    'first_mkt_source_tstamp',
    'first_mkt_source_event_id',
    'last_yauaa_context_device_class',
    'last_yauaa_context_device_class_tstamp',
    'last_yauaa_context_device_class_event_id'
]) %}
{%- set history = signals_history_for(limits, 7) %}
{%- set days_manifest = ref('batch_ecommerce_attributes_1_daily_aggregation_manifest') %}
{%- set found = signals_published(signals_state('batch_ecommerce_attributes_1_attributes'), 'domain_userid', [
    'domain_userid', 'products_added_to_cart_last_7_days', 'total_product_price_clv',
    'first_mkt_source', 'last_device_class', 'updated_at'
]) %}
{%- set published, is_comparable = found.relation, found.is_comparable %}
{%- set removed = signals_state('batch_ecommerce_attributes_1_removed_entities') %}
{%- set publication = signals_state('batch_ecommerce_attributes_1_publication_manifest') %}
{%- set is_partial = is_comparable and publication is not none %}

with stale as (

    -- nobody else's row can have changed since the last publication
    select distinct domain_userid from {{ ref('batch_ecommerce_attributes_1_entity_manifest') }}

),

days as (

    select
        domain_userid,
        day,
        events,
        count_snowplow_ecommerce_action_add_to_cart,
        sum_product_all_price_as_number,
        first_mkt_source,
        first_mkt_source_tstamp,
        first_mkt_source_event_id,
        last_yauaa_context_device_class,
        last_yauaa_context_device_class_tstamp,
        last_yauaa_context_device_class_event_id,
        {{ signals_in_window(limits, 7) }} as in_last_7_days
    from {{ ref('batch_ecommerce_attributes_1_daily_aggregates') }}
    where
        day <= date '{{ as_of }}' and {{ signals_after_history(history, 'domain_userid') }}
        {%- if is_partial %}
        and domain_userid in (select domain_userid from stale)
        {%- endif %}
    {%- if history.before %}

    union all

    -- the days before them, merged
    select
        domain_userid,
        day,
        events,
        count_snowplow_ecommerce_action_add_to_cart,
        sum_product_all_price_as_number,
        first_mkt_source,
        first_mkt_source_tstamp,
        first_mkt_source_event_id,
        last_yauaa_context_device_class,
        last_yauaa_context_device_class_tstamp,
        last_yauaa_context_device_class_event_id,
        {{ signals_in_window(limits, 7) }} as in_last_7_days
    from {{ history.relation }}
    where
        {{ signals_in_history(history, 'domain_userid') }}
        {%- if is_partial %}
        and domain_userid in (select domain_userid from stale)
        {%- endif %}
    {%- endif %}

),

merged as (

    select
        domain_userid,
        sum(count_snowplow_ecommerce_action_add_to_cart) filter(where in_last_7_days) as count_snowplow_ecommerce_action_add_to_car_last_7_days,
        sum(sum_product_all_price_as_number) as sum_product_all_price_as_number,
        min_by(first_mkt_source, struct(first_mkt_source_tstamp, first_mkt_source_event_id)) filter(
            where first_mkt_source is not null
        ) as first_mkt_source,
        max_by(
            last_yauaa_context_device_class,
            struct(last_yauaa_context_device_class_tstamp, last_yauaa_context_device_class_event_id)
        ) filter(
            where last_yauaa_context_device_class is not null
        ) as last_yauaa_context_device_class
    from days
    group by domain_userid

),

computed as (

    select
        merged.domain_userid,
        case
            when nullif(merged.count_snowplow_ecommerce_action_add_to_car_last_7_days, 0) is null
                then cast(0 as bigint)
            else try_cast(merged.count_snowplow_ecommerce_action_add_to_car_last_7_days as bigint)
        end as products_added_to_cart_last_7_days,
        case
            when merged.sum_product_all_price_as_number is null then cast(0 as double)
            when abs(cast(merged.sum_product_all_price_as_number as double)) < double('infinity')
                then cast(merged.sum_product_all_price_as_number as double)
        end as total_product_price_clv,
        merged.first_mkt_source as first_mkt_source,
        merged.last_yauaa_context_device_class as last_device_class
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
        where domain_userid in (select domain_userid from stale)
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
        computed.products_added_to_cart_last_7_days,
        computed.total_product_price_clv,
        computed.first_mkt_source,
        computed.last_device_class,
        published.updated_at as signals_updated_at,
        now_publishing.updated_at as signals_now,
        case
            when published.domain_userid is null then 'new'
            when computed.domain_userid is null then 'removed'
            {%- if is_comparable %}
            when
                published.signals_copies > 1
                or published.products_added_to_cart_last_7_days is distinct from computed.products_added_to_cart_last_7_days
                or (
                    published.total_product_price_clv is distinct from computed.total_product_price_clv
                    and coalesce(
                        abs(published.total_product_price_clv - computed.total_product_price_clv)
                        > 1e-12 * greatest(abs(published.total_product_price_clv), abs(computed.total_product_price_clv)),
                        true
                    )
                )
                or published.first_mkt_source is distinct from computed.first_mkt_source
                or published.last_device_class is distinct from computed.last_device_class
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
    products_added_to_cart_last_7_days,
    total_product_price_clv,
    first_mkt_source,
    last_device_class,
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
    null as products_added_to_cart_last_7_days,
    null as total_product_price_clv,
    null as first_mkt_source,
    null as last_device_class,
    updated_at,
    '{{ 'partial' if is_partial else 'whole' }}' as change,
    {{ signals_seen(ref('batch_ecommerce_attributes_1_entity_manifest'), days_manifest, limits) }} as signals_seen
from now_publishing
order by 1
