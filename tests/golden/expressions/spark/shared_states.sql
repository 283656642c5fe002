-- attributes_this_run
case
    when merged.sum_transaction_order_total_as_number_last_1_days is null then cast(1.0e0 as double)
    when abs(cast(merged.sum_transaction_order_total_as_number_last_1_days as double)) < double('infinity')
        then cast(merged.sum_transaction_order_total_as_number_last_1_days as double)
end as total_1
case
    when merged.sum_transaction_order_total_as_number_last_7_days is null then cast(7.0e0 as double)
    when abs(cast(merged.sum_transaction_order_total_as_number_last_7_days as double)) < double('infinity')
        then cast(merged.sum_transaction_order_total_as_number_last_7_days as double)
end as total_7
case
    when merged.sum_transaction_order_total_as_number_last_365_days is null then cast(365.0e0 as double)
    when abs(cast(merged.sum_transaction_order_total_as_number_last_365_days as double)) < double('infinity')
        then cast(merged.sum_transaction_order_total_as_number_last_365_days as double)
end as total_365
case
    when merged.sum_transaction_order_total_as_number is null then cast(0 as double)
    when abs(cast(merged.sum_transaction_order_total_as_number as double)) < double('infinity')
        then cast(merged.sum_transaction_order_total_as_number as double)
end as total
case
    when merged.sum_transaction_order_total_as_number is null then cast(0 as bigint)
    when (
        (merged.sum_transaction_order_total_as_number % 1) = 0
        and merged.sum_transaction_order_total_as_number >= -9223372036854775808e0
        and merged.sum_transaction_order_total_as_number < 9223372036854775808e0
    )
        then cast(merged.sum_transaction_order_total_as_number as bigint)
end as whole_total
