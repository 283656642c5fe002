-- base_events_this_run
{{ signals_value(
    columns, 'time',
    column='unstruct_event_com_acme_transaction_1',
    typed='unstruct_event_com_acme_transaction_1.paid_at',
    path=['paid_at'],
    json='get_json_object(unstruct_event_com_acme_transaction_1, \x27$.paidAt\x27)'
) }} as transaction_paid_at_as_time

-- attributes_this_run
case
    when abs(cast(merged.min_transaction_order_total_as_number_last_7_days as double)) < double('infinity')
        then cast(merged.min_transaction_order_total_as_number_last_7_days as double)
end as min_last_7_days
