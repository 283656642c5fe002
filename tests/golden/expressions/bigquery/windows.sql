-- attributes_this_run
sum(if(in_last_7_days_offset_7, sum_transaction_order_total_as_number, null)) as sum_transaction_order_total_as_nu_last_7_days_offset_7
sum(if(in_this_week, sum_transaction_order_total_as_number, null)) as sum_transaction_order_total_as_number_this_week
sum(if(in_this_year, sum_transaction_order_total_as_number, null)) as sum_transaction_order_total_as_number_this_year
sum(if(in_quarter_offset_2, sum_transaction_order_total_as_number, null)) as sum_transaction_order_total_as_number_quarter_offset_2
case
    when merged.sum_transaction_order_total_as_nu_last_7_days_offset_7 is null then cast(0 as float64)
    else if(
        abs(merged.sum_transaction_order_total_as_nu_last_7_days_offset_7) <= 1.7976931348623157e308,
        merged.sum_transaction_order_total_as_nu_last_7_days_offset_7,
        null
    )
end as total_7_days_before_7
coalesce(pages_last_month_collected.collected, array<string>[]) as pages_last_month
case
    when merged.sum_transaction_order_total_as_number_this_week is null then cast(0 as float64)
    else if(
        abs(merged.sum_transaction_order_total_as_number_this_week) <= 1.7976931348623157e308,
        merged.sum_transaction_order_total_as_number_this_week,
        null
    )
end as total_this_week
case
    when merged.sum_transaction_order_total_as_number_this_year is null then cast(0 as float64)
    else if(
        abs(merged.sum_transaction_order_total_as_number_this_year) <= 1.7976931348623157e308,
        merged.sum_transaction_order_total_as_number_this_year,
        null
    )
end as total_this_year
case
    when merged.sum_transaction_order_total_as_number_quarter_offset_2 is null then cast(0 as float64)
    else if(
        abs(merged.sum_transaction_order_total_as_number_quarter_offset_2) <= 1.7976931348623157e308,
        merged.sum_transaction_order_total_as_number_quarter_offset_2,
        null
    )
end as total_2_quarters_ago
when
    published.signals_copies > 1
    or (
        published.total_7_days_before_7 is distinct from computed.total_7_days_before_7
        and coalesce(
            abs(safe_subtract(published.total_7_days_before_7, computed.total_7_days_before_7))
            > 1e-12 * greatest(abs(published.total_7_days_before_7), abs(computed.total_7_days_before_7)),
            true
        )
    )
    or to_json_string(published.pages_last_month) is distinct from to_json_string(computed.pages_last_month)
    or (
        published.total_this_week is distinct from computed.total_this_week
        and coalesce(
            abs(safe_subtract(published.total_this_week, computed.total_this_week))
            > 1e-12 * greatest(abs(published.total_this_week), abs(computed.total_this_week)),
            true
        )
    )
    or (
        published.total_this_year is distinct from computed.total_this_year
        and coalesce(
            abs(safe_subtract(published.total_this_year, computed.total_this_year))
            > 1e-12 * greatest(abs(published.total_this_year), abs(computed.total_this_year)),
            true
        )
    )
    or (
        published.total_2_quarters_ago is distinct from computed.total_2_quarters_ago
        and coalesce(
            abs(safe_subtract(published.total_2_quarters_ago, computed.total_2_quarters_ago))
            > 1e-12 * greatest(abs(published.total_2_quarters_ago), abs(computed.total_2_quarters_ago)),
            true
        )
    )
    then 'changed'
