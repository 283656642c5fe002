-- base_events_this_run
{{ signals_value(
    columns, 'text',
    column='unstruct_event_com_acme_transaction_1',
    typed='unstruct_event_com_acme_transaction_1[\x27coupon\x27]',
    path=['coupon'],
    json='unstruct_event_com_acme_transaction_1[\x27coupon\x27]'
) }} as transaction_coupon

-- daily_aggregates
max(case when is_transaction then transaction_paid_at_as_time end) as max_transaction_paid_at_as_time

-- attributes_this_run
max(case when in_last_7_days then max_transaction_coupon end) as max_transaction_coupon_last_7_days
datediff(
    'second',
    cast('1970-01-01 00:00:00' as timestamp_ntz),
    merged.max_transaction_paid_at_as_time
) as max_of_lifetime
