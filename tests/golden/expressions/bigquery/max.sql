-- base_events_this_run
{{ signals_value(
    columns, 'text',
    column='unstruct_event_com_acme_transaction_1',
    typed='unstruct_event_com_acme_transaction_1.coupon',
    path=['coupon'],
    json='unstruct_event_com_acme_transaction_1[\x27coupon\x27]'
) }} as transaction_coupon

-- daily_aggregates
max(if(is_transaction, transaction_paid_at_as_time, null)) as max_transaction_paid_at_as_time

-- attributes_this_run
max(if(in_last_7_days, max_transaction_coupon, null)) as max_transaction_coupon_last_7_days
unix_seconds(timestamp(merged.max_transaction_paid_at_as_time, 'UTC')) as max_of_lifetime
