-- base_events_this_run
{{ signals_value(
    columns, 'text',
    column='unstruct_event_com_acme_transaction_1',
    typed='to_jsonb(unstruct_event_com_acme_transaction_1) -> \x27coupon\x27',
    path=['coupon'],
    json='unstruct_event_com_acme_transaction_1 -> \x27coupon\x27'
) }} as transaction_coupon

-- attributes_this_run
cast(floor(extract(epoch from merged.max_transaction_paid_at_as_time)) as bigint) as max_of_lifetime
