-- base_events_this_run
{'what': 'app_id for the entity\x27s identifier', 'column': 'app_id', 'path': []}
and (app_id <> '')
row_number() over (
    partition by {{ event }}
    order by load_tstamp, collector_tstamp nulls last, event_tstamp, app_id
) as copy_number
select event_key, event_id, load_tstamp, collector_tstamp, event_tstamp, app_id, day
row_number() over (
    partition by first_copies.event_id, first_copies.day
    order by stored.load_tstamp, stored.collector_tstamp nulls last, stored.event_tstamp, stored.app_id
) as place
row_number() over (
    partition by stored.event_id, stored.day
    order by first_copies.load_tstamp, first_copies.collector_tstamp nulls last, first_copies.event_tstamp, first_copies.app_id
) as place_of_stored
stored.event_id is null
    or (
        first_copies.load_tstamp,
        coalesce(first_copies.collector_tstamp, cast('9999-12-31 23:59:59.999999' as timestamp)),
        first_copies.event_tstamp,
        first_copies.app_id
    ) < (
        stored.load_tstamp,
        coalesce(stored.collector_tstamp, cast('9999-12-31 23:59:59.999999' as timestamp)),
        stored.event_tstamp,
        stored.app_id
    ) as is_winner
case when stored.place_of_stored = 1 then stored.app_id end as stored_identifier

-- daily_aggregates
pre_hook="{{ signals_replace_states(ref('kept_1_days_out_of_date'), ref('kept_1_entity_days_to_process'), 'app_id') }}"
where {{ signals_computed_now(days, entity_days, 'app_id') }}
group by app_id, day, chunk
order by day, app_id

-- attributes_this_run
{%- set found = signals_published(signals_state('kept_1_attributes'), 'app_id', [
'app_id', 'page_views', 'updated_at'
select distinct app_id from {{ ref('kept_1_entity_manifest') }}
day <= date '{{ as_of }}' and {{ signals_after_history(history, 'app_id') }}
and app_id in (select app_id from stale)
{{ signals_in_history(history, 'app_id') }}
group by app_id
count(*) over (partition by app_id) as signals_copies
row_number() over (partition by app_id order by updated_at desc) as signals_copy
where app_id in (select app_id from stale)
coalesce(computed.app_id, published.app_id) as app_id
when published.app_id is null then 'new'
when computed.app_id is null then 'removed'
full outer join published on published.app_id = computed.app_id
