-- daily_aggregates
countif(is_page_view) as count_page_view
countif(is_page_view_or_transaction) as count_page_view_or_transaction

-- attributes_this_run
case
    when nullif(merged.count_events, 0) is null then cast(0 as int64)
    else cast(merged.count_events as int64)
end as any_event
case
    when nullif(merged.count_page_view, 0) is null then cast(0 as int64)
    else cast(merged.count_page_view as int64)
end as page_views
case
    when nullif(merged.count_page_view_or_transaction, 0) is null then cast(0 as int64)
    else cast(merged.count_page_view_or_transaction as int64)
end as two_kinds
