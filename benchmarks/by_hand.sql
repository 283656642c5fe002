-- What a careful analyst would write: all attributes of group.py in one statement, from the events.
-- The variable as_of is the day as of which they are computed.
create or replace table by_hand.attributes as

with relevant as (

    select
        event_id,
        domain_userid,
        load_tstamp,
        collector_tstamp,
        least(coalesce(derived_tstamp, collector_tstamp), load_tstamp) as event_tstamp,
        event_name = 'page_view' as is_page_view,
        unstruct_event_com_snowplowanalytics_snowplow_ecommerce_snowplow_ecommerce_action_1.type as action,
        contexts_com_snowplowanalytics_snowplow_ecommerce_product_1[1].price as price,
        contexts_com_snowplowanalytics_snowplow_ecommerce_product_1[1].category as category,
        mkt_source,
        contexts_nl_basjes_yauaa_context_1[1].device_class as device,
        geo_country
    from atomic.events
    where
        event_id <> ''
        and domain_userid <> ''
        and coalesce(derived_tstamp, collector_tstamp) is not null
        and load_tstamp >= timestamp '2025-01-01'
        and least(coalesce(derived_tstamp, collector_tstamp), load_tstamp) >= timestamp '2025-01-01'
        and (
            (event_vendor = 'com.snowplowanalytics.snowplow' and event_name = 'page_view' and event_version = '1-0-0')
            or (event_vendor = 'com.snowplowanalytics.snowplow.ecommerce' and event_name = 'snowplow_ecommerce_action')
        )

),

events as (

    select
        *,
        event_tstamp >= getvariable('as_of') - interval 7 day and event_tstamp < getvariable('as_of') as in_7_days,
        event_tstamp >= getvariable('as_of') - interval 30 day and event_tstamp < getvariable('as_of') as in_30_days
    from relevant
    where event_tstamp < getvariable('as_of') + interval 1 day
    qualify
        row_number() over (
            partition by event_id order by load_tstamp, collector_tstamp nulls last, event_tstamp, domain_userid
        ) = 1

),

categories as (

    select domain_userid, category, max((event_tstamp, event_id)) as last_seen
    from events
    where not is_page_view and category is not null and in_30_days
    group by domain_userid, category

),

lists as (

    select domain_userid, list(category order by last_seen) as categories
    from categories
    group by domain_userid

),

users as (

    select
        domain_userid,
        count(*) filter (is_page_view) as page_views,
        count(*) filter (is_page_view and in_7_days) as page_views_last_7_days,
        count(*) filter (is_page_view and in_30_days) as page_views_last_30_days,
        count(*) filter (action = 'add_to_cart' and not is_page_view and in_7_days) as added_to_cart_last_7_days,
        coalesce(sum(price) filter (action = 'transaction' and not is_page_view), 0) as spent,
        coalesce(sum(price) filter (action = 'transaction' and not is_page_view and in_30_days), 0)
            as spent_last_30_days,
        min(price) filter (not is_page_view) as cheapest_seen,
        max(price) filter (not is_page_view and in_30_days) as dearest_seen_last_30_days,
        arg_min(mkt_source, (event_tstamp, event_id)) filter (is_page_view and mkt_source is not null) as first_source,
        arg_max(mkt_source, (event_tstamp, event_id)) filter (is_page_view and mkt_source is not null and in_30_days)
            as last_source_last_30_days,
        arg_max(device, (event_tstamp, event_id)) filter (is_page_view and device is not null) as last_device,
        arg_max(geo_country, (event_tstamp, event_id)) filter (is_page_view and geo_country is not null)
            as last_country
    from events
    group by domain_userid

)

-- a list of at most 100, the least recently seen dropped
select users.*, coalesce(lists.categories[-100:], []) as categories_last_30_days
from users
left join lists using (domain_userid)
