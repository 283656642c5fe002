-- daily_aggregates
count_if(is_page_view) as count_page_view
count_if(is_page_view_or_transaction) as count_page_view_or_transaction

-- attributes_this_run
case
    when nullif(merged.count_events, 0) is null then cast(0 as number(19, 0))
    else cast(merged.count_events as number(19, 0))
end as any_event
case
    when nullif(merged.count_page_view, 0) is null then cast(0 as number(19, 0))
    else cast(merged.count_page_view as number(19, 0))
end as page_views
case
    when nullif(merged.count_page_view_or_transaction, 0) is null then cast(0 as number(19, 0))
    else cast(merged.count_page_view_or_transaction as number(19, 0))
end as two_kinds
