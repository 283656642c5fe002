-- base_events_this_run
{{ signals_value(
    columns, 'time',
    column='unstruct_event_com_acme_transaction_1',
    typed='unstruct_event_com_acme_transaction_1.paid_at',
    path=['paid_at'],
    json='unstruct_event_com_acme_transaction_1[\x27paidAt\x27]'
) }} as transaction_paid_at_as_time

-- daily_aggregates
min(if(is_transaction, transaction_paid_at_as_time, null)) as min_transaction_paid_at_as_time

-- attributes_this_run
min(if(in_last_7_days, min_transaction_order_total_as_number, null)) as min_transaction_order_total_as_number_last_7_days
if(
    abs(merged.min_transaction_order_total_as_number_last_7_days) <= 1.7976931348623157e308,
    merged.min_transaction_order_total_as_number_last_7_days,
    null
) as min_last_7_days
when
    published.signals_copies > 1
    or (
        published.min_last_7_days is distinct from computed.min_last_7_days
        and coalesce(
            abs(safe_subtract(published.min_last_7_days, computed.min_last_7_days))
            > 1e-12 * greatest(abs(published.min_last_7_days), abs(computed.min_last_7_days)),
            true
        )
    )
    or published.min_of_lifetime is distinct from computed.min_of_lifetime
    then 'changed'
