-- What a careful analyst would write: a range join of the anchors and the stored events, by times or by whole days.
create or replace table by_hand.dataset as

with happened as (

    select
        anchors.domain_userid,
        anchors.anchor_tstamp,
        events.*,
        $in_7_days as in_7_days,
        $in_30_days as in_30_days,
        event_name = 'page_view' as is_page_view,
        type_text = 'add_to_cart' as is_add,
        type_text = 'transaction' as is_sale,
        (events.event_tstamp, events.event_id) as place
    from anchors
    inner join (
        select domain_userid, day, event_tstamp, event_id, event_name, $type as type_text, $price as price,
            mkt_source, $device as device, geo_country, $category as category
        from $events
    ) as events
        on events.domain_userid = anchors.domain_userid
        and $before

)

select
    anchors.domain_userid,
    anchors.anchor_tstamp,
    count(*) filter (where is_page_view) as page_views,
    count(*) filter (where is_page_view and in_7_days) as page_views_last_7_days,
    count(*) filter (where is_page_view and in_30_days) as page_views_last_30_days,
    count(*) filter (where is_add and in_7_days) as added_to_cart_last_7_days,
    sum(price) filter (where is_sale) as spent,
    sum(price) filter (where is_sale and in_30_days) as spent_last_30_days,
    min(price) filter (where not is_page_view) as cheapest_seen,
    max(price) filter (where not is_page_view and in_30_days) as dearest_seen_last_30_days,
    arg_min(mkt_source, place) filter (where is_page_view and mkt_source is not null) as first_source,
    arg_max(mkt_source, place) filter (where is_page_view and mkt_source is not null and in_30_days)
        as last_source_last_30_days,
    arg_max(device, place) filter (where is_page_view and device is not null) as last_device,
    arg_max(geo_country, place) filter (where is_page_view and geo_country is not null) as last_country,
    list(distinct category) filter (where not is_page_view and in_30_days) as categories_last_30_days
from anchors
left join happened on happened.domain_userid = anchors.domain_userid and happened.anchor_tstamp = anchors.anchor_tstamp
group by all
