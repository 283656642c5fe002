-- attributes_this_run
case
    when nullif(merged.count_events, 0) is null then cast(0 as bigint)
    else cast(merged.count_events as bigint)
end as any_event
case
    when nullif(merged.count_page_view, 0) is null then cast(0 as bigint)
    else cast(merged.count_page_view as bigint)
end as page_views
case
    when nullif(merged.count_page_view_or_transaction, 0) is null then cast(0 as bigint)
    else cast(merged.count_page_view_or_transaction as bigint)
end as two_kinds
