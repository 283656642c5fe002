-- Made by snowplow-batch-engine from the views of domain_userid_views_1. Change the views, not this file.
{%- do signals_begin_model() %}
{{ config(materialized='signals_table', schema='scratch', tags=['signals_publish']) }}
{%- set limits = ref('domain_userid_views_1_base_new_event_limits') %}
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
    'last_yauaa_context_device_class_event_id',
    'first_seen_page_view_or_snowplow_ecommerce_action',
    'count_events',
    'count_transaction',
    'first_seen_events'
]) %}
{%- set history = signals_history_for(limits, 7) %}
{%- set days_manifest = ref('domain_userid_views_1_daily_aggregation_manifest') %}
{%- set found = signals_published(signals_state('domain_userid_views_1_attributes'), 'domain_userid', [
    'domain_userid', 'batch_ecommerce_attributes_1__products_added_to_cart_l_87c26426',
    'batch_ecommerce_attributes_1__total_product_price_clv',
    'batch_ecommerce_attributes_1__first_mkt_source', 'batch_ecommerce_attributes_1__last_device_class',
    'batch_ecommerce_attributes_1__signals_first_event', 'counter_1__counter_last_7_days',
    'counter_1__counter_of_lifetime', 'counter_1__signals_first_event',
    'batch_ecommerce_attributes_1__updated_at', 'counter_1__updated_at', 'updated_at'
]) %}
{%- set published, is_comparable = found.relation, found.is_comparable %}
{%- set removed = signals_state('domain_userid_views_1_removed_entities') %}
{%- set publication = signals_state('domain_userid_views_1_publication_manifest') %}
{%- set is_partial = is_comparable and publication is not none %}

with stale as (

    -- nobody else's row can have changed since the last publication
    select distinct domain_userid from {{ ref('domain_userid_views_1_entity_manifest') }}

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
        first_seen_page_view_or_snowplow_ecommerce_action,
        count_events,
        count_transaction,
        first_seen_events,
        {{ signals_in_window(limits, 7) }} as in_last_7_days
    from {{ ref('domain_userid_views_1_daily_aggregates') }}
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
        first_seen_page_view_or_snowplow_ecommerce_action,
        count_events,
        count_transaction,
        first_seen_events,
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
        arg_min(first_mkt_source, (first_mkt_source_tstamp, first_mkt_source_event_id)) filter(
            where first_mkt_source is not null
        ) as first_mkt_source,
        arg_max(
            last_yauaa_context_device_class,
            (last_yauaa_context_device_class_tstamp, last_yauaa_context_device_class_event_id)
        ) filter(
            where last_yauaa_context_device_class is not null
        ) as last_yauaa_context_device_class,
        min(first_seen_page_view_or_snowplow_ecommerce_action) as first_seen_page_view_or_snowplow_ecommerce_action,
        sum(count_events) filter(where in_last_7_days) as count_events_last_7_days,
        sum(count_transaction) as count_transaction,
        min(first_seen_events) as first_seen_events
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
        end as batch_ecommerce_attributes_1__products_added_to_cart_l_87c26426,
        case
            when merged.sum_product_all_price_as_number is null then cast(0 as double)
            when isfinite(try_cast(merged.sum_product_all_price_as_number as double))
                then try_cast(merged.sum_product_all_price_as_number as double)
        end as batch_ecommerce_attributes_1__total_product_price_clv,
        merged.first_mkt_source as batch_ecommerce_attributes_1__first_mkt_source,
        merged.last_yauaa_context_device_class as batch_ecommerce_attributes_1__last_device_class,
        merged.first_seen_page_view_or_snowplow_ecommerce_action as batch_ecommerce_attributes_1__signals_first_event,
        case
            when nullif(merged.count_events_last_7_days, 0) is null then cast(0 as bigint)
            else try_cast(merged.count_events_last_7_days as bigint)
        end as counter_1__counter_last_7_days,
        case
            when nullif(merged.count_transaction, 0) is null then cast(0 as int)
            else try_cast(merged.count_transaction as int)
        end as counter_1__counter_of_lifetime,
        merged.first_seen_events as counter_1__signals_first_event
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
        computed.batch_ecommerce_attributes_1__products_added_to_cart_l_87c26426,
        computed.batch_ecommerce_attributes_1__total_product_price_clv,
        computed.batch_ecommerce_attributes_1__first_mkt_source,
        computed.batch_ecommerce_attributes_1__last_device_class,
        computed.batch_ecommerce_attributes_1__signals_first_event,
        computed.counter_1__counter_last_7_days,
        computed.counter_1__counter_of_lifetime,
        computed.counter_1__signals_first_event,
        case
            when
                computed.batch_ecommerce_attributes_1__signals_first_event is null
                {%- if 'batch_ecommerce_attributes_1__signals_first_event' in found.columns %}
                and published.batch_ecommerce_attributes_1__signals_first_event is null
                {%- endif %}
                {%- if removed is not none %}
                and gone.removed_at is null
                {%- endif %}
                then {{ 'published.batch_ecommerce_attributes_1__updated_at' if 'batch_ecommerce_attributes_1__updated_at' in found.columns else 'cast(null as timestamp)' }}
            {%- if signals_lacks(found.columns, [
                'domain_userid', 'batch_ecommerce_attributes_1__products_added_to_cart_l_87c26426',
                'batch_ecommerce_attributes_1__total_product_price_clv',
                'batch_ecommerce_attributes_1__first_mkt_source', 'batch_ecommerce_attributes_1__last_device_class',
                'batch_ecommerce_attributes_1__signals_first_event', 'batch_ecommerce_attributes_1__updated_at'
            ]) is none %}
            when
                computed.batch_ecommerce_attributes_1__signals_first_event is not null
                and published.batch_ecommerce_attributes_1__signals_first_event is not null
                and not (
                    published.signals_copies > 1
                    or published.batch_ecommerce_attributes_1__products_added_to_cart_l_87c26426 is distinct from computed.batch_ecommerce_attributes_1__products_added_to_cart_l_87c26426
                    or (
                        published.batch_ecommerce_attributes_1__total_product_price_clv is distinct from computed.batch_ecommerce_attributes_1__total_product_price_clv
                        and coalesce(
                            abs(published.batch_ecommerce_attributes_1__total_product_price_clv - computed.batch_ecommerce_attributes_1__total_product_price_clv)
                            > 1e-12 * greatest(abs(published.batch_ecommerce_attributes_1__total_product_price_clv), abs(computed.batch_ecommerce_attributes_1__total_product_price_clv)),
                            true
                        )
                    )
                    or published.batch_ecommerce_attributes_1__first_mkt_source is distinct from computed.batch_ecommerce_attributes_1__first_mkt_source
                    or published.batch_ecommerce_attributes_1__last_device_class is distinct from computed.batch_ecommerce_attributes_1__last_device_class
                )
                then published.batch_ecommerce_attributes_1__updated_at
            {%- endif %}
            else now_publishing.updated_at
        end as batch_ecommerce_attributes_1__updated_at,
        case
            when
                computed.counter_1__signals_first_event is null
                {%- if 'counter_1__signals_first_event' in found.columns %}
                and published.counter_1__signals_first_event is null
                {%- endif %}
                {%- if removed is not none %}
                and gone.removed_at is null
                {%- endif %}
                then {{ 'published.counter_1__updated_at' if 'counter_1__updated_at' in found.columns else 'cast(null as timestamp)' }}
            {%- if signals_lacks(found.columns, [
                'domain_userid', 'counter_1__counter_last_7_days', 'counter_1__counter_of_lifetime',
                'counter_1__signals_first_event', 'counter_1__updated_at'
            ]) is none %}
            when
                computed.counter_1__signals_first_event is not null
                and published.counter_1__signals_first_event is not null
                and not (
                    published.signals_copies > 1
                    or published.counter_1__counter_last_7_days is distinct from computed.counter_1__counter_last_7_days
                    or published.counter_1__counter_of_lifetime is distinct from computed.counter_1__counter_of_lifetime
                )
                then published.counter_1__updated_at
            {%- endif %}
            else now_publishing.updated_at
        end as counter_1__updated_at,
        published.updated_at as signals_updated_at,
        now_publishing.updated_at as signals_now,
        case
            when published.domain_userid is null then 'new'
            when computed.domain_userid is null then 'removed'
            {%- if is_comparable %}
            when
                published.signals_copies > 1
                or published.batch_ecommerce_attributes_1__products_added_to_cart_l_87c26426 is distinct from computed.batch_ecommerce_attributes_1__products_added_to_cart_l_87c26426
                or (
                    published.batch_ecommerce_attributes_1__total_product_price_clv is distinct from computed.batch_ecommerce_attributes_1__total_product_price_clv
                    and coalesce(
                        abs(published.batch_ecommerce_attributes_1__total_product_price_clv - computed.batch_ecommerce_attributes_1__total_product_price_clv)
                        > 1e-12 * greatest(abs(published.batch_ecommerce_attributes_1__total_product_price_clv), abs(computed.batch_ecommerce_attributes_1__total_product_price_clv)),
                        true
                    )
                )
                or published.batch_ecommerce_attributes_1__first_mkt_source is distinct from computed.batch_ecommerce_attributes_1__first_mkt_source
                or published.batch_ecommerce_attributes_1__last_device_class is distinct from computed.batch_ecommerce_attributes_1__last_device_class
                or published.batch_ecommerce_attributes_1__signals_first_event is distinct from computed.batch_ecommerce_attributes_1__signals_first_event
                or published.counter_1__counter_last_7_days is distinct from computed.counter_1__counter_last_7_days
                or published.counter_1__counter_of_lifetime is distinct from computed.counter_1__counter_of_lifetime
                or published.counter_1__signals_first_event is distinct from computed.counter_1__signals_first_event
                then 'changed'
            else 'same'
            {%- else %}
            else 'changed'
            {%- endif %}
        end as change
    from computed
    full outer join published on published.domain_userid = computed.domain_userid
    {%- if removed is not none %}
    left join {{ removed }} as gone on gone.domain_userid = computed.domain_userid
    {%- endif %}
    cross join now_publishing

)

select
    domain_userid,
    batch_ecommerce_attributes_1__products_added_to_cart_l_87c26426,
    batch_ecommerce_attributes_1__total_product_price_clv,
    batch_ecommerce_attributes_1__first_mkt_source,
    batch_ecommerce_attributes_1__last_device_class,
    batch_ecommerce_attributes_1__signals_first_event,
    counter_1__counter_last_7_days,
    counter_1__counter_of_lifetime,
    counter_1__signals_first_event,
    batch_ecommerce_attributes_1__updated_at,
    counter_1__updated_at,
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
    null as batch_ecommerce_attributes_1__products_added_to_cart_l_87c26426,
    null as batch_ecommerce_attributes_1__total_product_price_clv,
    null as batch_ecommerce_attributes_1__first_mkt_source,
    null as batch_ecommerce_attributes_1__last_device_class,
    null as batch_ecommerce_attributes_1__signals_first_event,
    null as counter_1__counter_last_7_days,
    null as counter_1__counter_of_lifetime,
    null as counter_1__signals_first_event,
    null as batch_ecommerce_attributes_1__updated_at,
    null as counter_1__updated_at,
    updated_at,
    '{{ 'partial' if is_partial else 'whole' }}' as change,
    {{ signals_seen(ref('domain_userid_views_1_entity_manifest'), days_manifest, limits) }} as signals_seen
from now_publishing
order by 1
