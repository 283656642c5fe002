-- attributes_this_run
case
    when abs(cast(merged.mean_transaction_order_total_as_number_last_7_days_total / nullif(merged.mean_transaction_order_total_as_number_last_7_days_count, 0) as double)) < double('infinity')
        then cast(
            merged.mean_transaction_order_total_as_number_last_7_days_total
            / nullif(merged.mean_transaction_order_total_as_number_last_7_days_count, 0)
            as double
        )
end as mean_last_7_days
case
    when abs(cast(merged.mean_transaction_order_total_as_number_2_total / nullif(merged.mean_transaction_order_total_as_number_2_count, 0) as float)) < double('infinity')
        then cast(
            merged.mean_transaction_order_total_as_number_2_total
            / nullif(merged.mean_transaction_order_total_as_number_2_count, 0)
            as float
        )
end as mean_of_lifetime
