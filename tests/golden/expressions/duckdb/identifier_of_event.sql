-- base_events_this_run
{'what': 'unstruct_event_com_acme_transaction_1 for the entity\x27s identifier', 'column': 'unstruct_event_com_acme_transaction_1', 'path': ['order', 'id']}
{{ signals_value(
    columns, 'text',
    column='unstruct_event_com_acme_transaction_1',
    typed='unstruct_event_com_acme_transaction_1."order".id',
    path=['order', 'id'],
    json='json_extract(unstruct_event_com_acme_transaction_1, \x27$."order"."id"\x27)'
) }} as order_id
and (order_id <> '')
and (
    event_vendor = 'com.snowplowanalytics.snowplow'
    and event_name = 'page_view'
    and event_version = '1-0-0'
)
row_number() over (
    partition by {{ event }}
    order by load_tstamp, collector_tstamp nulls last, event_tstamp, order_id
) as copy_number
select event_key, event_id, load_tstamp, collector_tstamp, event_tstamp, order_id, day
row_number() over (
    partition by first_copies.event_id, first_copies.day
    order by stored.load_tstamp, stored.collector_tstamp nulls last, stored.event_tstamp, stored.order_id
) as place
row_number() over (
    partition by stored.event_id, stored.day
    order by first_copies.load_tstamp, first_copies.collector_tstamp nulls last, first_copies.event_tstamp, first_copies.order_id
) as place_of_stored
stored.event_id is null
    or (
        first_copies.load_tstamp,
        coalesce(first_copies.collector_tstamp, cast('9999-12-31 23:59:59.999999' as timestamp)),
        first_copies.event_tstamp,
        first_copies.order_id
    ) < (
        stored.load_tstamp,
        coalesce(stored.collector_tstamp, cast('9999-12-31 23:59:59.999999' as timestamp)),
        stored.event_tstamp,
        stored.order_id
    ) as is_winner
case when stored.place_of_stored = 1 then stored.order_id end as stored_identifier

-- daily_aggregates
pre_hook="{{ signals_replace_states(ref('kept_1_days_out_of_date'), ref('kept_1_entity_days_to_process'), 'order_id') }}"
where {{ signals_computed_now(days, entity_days, 'order_id') }}
group by order_id, day, chunk
order by day, order_id

-- attributes_this_run
{%- set found = signals_published(signals_state('kept_1_attributes'), 'order_id', [
'order_id', 'page_views', 'updated_at'
select distinct order_id from {{ ref('kept_1_entity_manifest') }}
day <= date '{{ as_of }}' and {{ signals_after_history(history, 'order_id') }}
and order_id in (select order_id from stale)
{{ signals_in_history(history, 'order_id') }}
group by order_id
case
    when nullif(merged.count_events, 0) is null then cast(0 as bigint)
    else try_cast(merged.count_events as bigint)
end as page_views
count(*) over (partition by order_id) as signals_copies
row_number() over (partition by order_id order by updated_at desc) as signals_copy
where order_id in (select order_id from stale)
coalesce(computed.order_id, published.order_id) as order_id
when published.order_id is null then 'new'
when computed.order_id is null then 'removed'
when
    published.signals_copies > 1
    or published.page_views is distinct from computed.page_views
    then 'changed'
full outer join published on published.order_id = computed.order_id
