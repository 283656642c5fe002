-- base_events_this_run
{{ signals_value(
    columns, 'text',
    column='unstruct_event_com_acme_transaction_1',
    typed='to_jsonb(unstruct_event_com_acme_transaction_1) -> \x27order\x27 -> \x27id\x27',
    path=['order', 'id'],
    json='unstruct_event_com_acme_transaction_1 -> \x27order\x27 -> \x27id\x27'
) }} as order_id

-- daily_aggregates
indexes=[{'columns': ['order_id'], 'type': 'hash'}, {'columns': ['day']}]

-- attributes_this_run
case
    when nullif(merged.count_events, 0) is null then cast(0 as bigint)
    else cast(merged.count_events as bigint)
end as page_views
