-- base_events_this_run
{{ signals_value(
    columns, 'text',
    column='unstruct_event_com_acme_transaction_1',
    typed='unstruct_event_com_acme_transaction_1.coupon',
    path=['coupon'],
    json='json_extract(unstruct_event_com_acme_transaction_1, \x27$."coupon"\x27)'
) }} as transaction_coupon

-- daily_aggregates
max(transaction_coupon) as max_transaction_coupon
max(transaction_paid_at_as_time) filter(where is_transaction) as max_transaction_paid_at_as_time

-- attributes_this_run
'domain_userid', 'max_last_7_days', 'max_of_lifetime', 'updated_at'
max(max_transaction_coupon) filter(where in_last_7_days) as max_transaction_coupon_last_7_days
max(max_transaction_paid_at_as_time) as max_transaction_paid_at_as_time
cast(epoch(date_trunc('second', merged.max_transaction_paid_at_as_time)) as bigint) as max_of_lifetime
when
    published.signals_copies > 1
    or published.max_last_7_days is distinct from computed.max_last_7_days
    or published.max_of_lifetime is distinct from computed.max_of_lifetime
    then 'changed'
