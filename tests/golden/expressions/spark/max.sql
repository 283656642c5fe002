-- base_events_this_run
{{ signals_value(
    columns, 'text',
    column='unstruct_event_com_acme_transaction_1',
    typed='unstruct_event_com_acme_transaction_1.coupon',
    path=['coupon'],
    json='get_json_object(unstruct_event_com_acme_transaction_1, \x27$.coupon\x27)'
) }} as transaction_coupon

-- attributes_this_run
cast(
    floor(cast(cast(merged.max_transaction_paid_at_as_time - cast('1970-01-01 00:00:00' as timestamp_ntz) as interval second) as decimal(20, 6)))
    as bigint
) as max_of_lifetime
