-- base_events_this_run
{'what': 'contexts_com_acme_product_1 for the entity\x27s identifier', 'column': 'contexts_com_acme_product_1', 'path': [1, 'sku']}
{{ signals_value(
    columns, 'text',
    column='contexts_com_acme_product_1',
    typed='contexts_com_acme_product_1[2].sku',
    path=[1, 'sku'],
    json='json_extract(contexts_com_acme_product_1, \x27$[1]."SKU"\x27)'
) }} as sku
and (sku <> '')
row_number() over (
    partition by {{ event }}
    order by load_tstamp, collector_tstamp nulls last, event_tstamp, sku
) as copy_number
select event_key, event_id, load_tstamp, collector_tstamp, event_tstamp, sku, day
row_number() over (
    partition by first_copies.event_id, first_copies.day
    order by stored.load_tstamp, stored.collector_tstamp nulls last, stored.event_tstamp, stored.sku
) as place
row_number() over (
    partition by stored.event_id, stored.day
    order by first_copies.load_tstamp, first_copies.collector_tstamp nulls last, first_copies.event_tstamp, first_copies.sku
) as place_of_stored
stored.event_id is null
    or (
        first_copies.load_tstamp,
        coalesce(first_copies.collector_tstamp, cast('9999-12-31 23:59:59.999999' as timestamp)),
        first_copies.event_tstamp,
        first_copies.sku
    ) < (
        stored.load_tstamp,
        coalesce(stored.collector_tstamp, cast('9999-12-31 23:59:59.999999' as timestamp)),
        stored.event_tstamp,
        stored.sku
    ) as is_winner
case when stored.place_of_stored = 1 then stored.sku end as stored_identifier

-- daily_aggregates
pre_hook="{{ signals_replace_states(ref('kept_1_days_out_of_date'), ref('kept_1_entity_days_to_process'), 'sku') }}"
where {{ signals_computed_now(days, entity_days, 'sku') }}
group by sku, day, chunk
order by day, sku

-- attributes_this_run
{%- set found = signals_published(signals_state('kept_1_attributes'), 'sku', [
'sku', 'page_views', 'updated_at'
select distinct sku from {{ ref('kept_1_entity_manifest') }}
day <= date '{{ as_of }}' and {{ signals_after_history(history, 'sku') }}
and sku in (select sku from stale)
{{ signals_in_history(history, 'sku') }}
group by sku
count(*) over (partition by sku) as signals_copies
row_number() over (partition by sku order by updated_at desc) as signals_copy
where sku in (select sku from stale)
coalesce(computed.sku, published.sku) as sku
when published.sku is null then 'new'
when computed.sku is null then 'removed'
full outer join published on published.sku = computed.sku
