-- base_events_this_run
{{ signals_value(columns, 'text', 'event_version', 'event_version') }} as event_version

-- daily_aggregates
(
    event_vendor = 'com.snowplowanalytics.snowplow'
    and event_name = 'page_view'
    and event_version = '1-0-0'
) as is_page_view
event_name = 'page_view' or (event_vendor = 'com.acme' and event_name = 'transaction') as is_page_view_or_transaction
count(*) filter(where is_page_view) as count_page_view
count(*) filter(where is_page_view_or_transaction) as count_page_view_or_transaction

-- attributes_this_run
'domain_userid', 'any_event', 'page_views', 'two_kinds', 'updated_at'
sum(count_events) as count_events
sum(count_page_view) as count_page_view
sum(count_page_view_or_transaction) as count_page_view_or_transaction
case
    when nullif(merged.count_events, 0) is null then cast(0 as bigint)
    else try_cast(merged.count_events as bigint)
end as any_event
case
    when nullif(merged.count_page_view, 0) is null then cast(0 as bigint)
    else try_cast(merged.count_page_view as bigint)
end as page_views
case
    when nullif(merged.count_page_view_or_transaction, 0) is null then cast(0 as bigint)
    else try_cast(merged.count_page_view_or_transaction as bigint)
end as two_kinds
when
    published.signals_copies > 1
    or published.any_event is distinct from computed.any_event
    or published.page_views is distinct from computed.page_views
    or published.two_kinds is distinct from computed.two_kinds
    then 'changed'
