-- attributes_this_run
case
    when merged.sum_transaction_order_total_as_nu_last_7_days_offset_7 is null then cast(0 as double)
    when abs(cast(merged.sum_transaction_order_total_as_nu_last_7_days_offset_7 as double)) < double('infinity')
        then cast(merged.sum_transaction_order_total_as_nu_last_7_days_offset_7 as double)
end as total_7_days_before_7
coalesce(pages_last_month_collected.collected, cast(array() as array<string>)) as pages_last_month
case
    when merged.sum_transaction_order_total_as_number_this_week is null then cast(0 as double)
    when abs(cast(merged.sum_transaction_order_total_as_number_this_week as double)) < double('infinity')
        then cast(merged.sum_transaction_order_total_as_number_this_week as double)
end as total_this_week
case
    when merged.sum_transaction_order_total_as_number_this_year is null then cast(0 as double)
    when abs(cast(merged.sum_transaction_order_total_as_number_this_year as double)) < double('infinity')
        then cast(merged.sum_transaction_order_total_as_number_this_year as double)
end as total_this_year
case
    when merged.sum_transaction_order_total_as_number_quarter_offset_2 is null then cast(0 as double)
    when abs(cast(merged.sum_transaction_order_total_as_number_quarter_offset_2 as double)) < double('infinity')
        then cast(merged.sum_transaction_order_total_as_number_quarter_offset_2 as double)
end as total_2_quarters_ago
