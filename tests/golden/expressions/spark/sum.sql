-- base_events_this_run
{{ signals_value(
    columns, 'number',
    column='unstruct_event_com_acme_transaction_1',
    typed='unstruct_event_com_acme_transaction_1.order_total',
    path=['order_total'],
    json='get_json_object(unstruct_event_com_acme_transaction_1, \x27$.orderTotal\x27)'
) }} as transaction_order_total_as_number

-- attributes_this_run
case
    when merged.sum_transaction_order_total_as_number_last_7_days is null then cast(0 as double)
    when abs(cast(merged.sum_transaction_order_total_as_number_last_7_days as double)) < double('infinity')
        then cast(merged.sum_transaction_order_total_as_number_last_7_days as double)
end as sum_last_7_days
case
    when merged.sum_transaction_order_total_as_number_2 is null then cast(0 as bigint)
    when (
        (merged.sum_transaction_order_total_as_number_2 % 1) = 0
        and merged.sum_transaction_order_total_as_number_2 >= -9223372036854775808e0
        and merged.sum_transaction_order_total_as_number_2 < 9223372036854775808e0
    )
        then cast(merged.sum_transaction_order_total_as_number_2 as bigint)
end as sum_of_lifetime
