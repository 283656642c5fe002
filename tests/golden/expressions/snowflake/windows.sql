-- attributes_this_run
sum(case when in_last_7_days_offset_7 then sum_transaction_order_total_as_number end) as sum_transaction_order_total_as_nu_last_7_days_offset_7
sum(case when in_this_week then sum_transaction_order_total_as_number end) as sum_transaction_order_total_as_number_this_week
sum(case when in_this_year then sum_transaction_order_total_as_number end) as sum_transaction_order_total_as_number_this_year
sum(case when in_quarter_offset_2 then sum_transaction_order_total_as_number end) as sum_transaction_order_total_as_number_quarter_offset_2
case
    when merged.sum_transaction_order_total_as_nu_last_7_days_offset_7 is null then cast(0 as double)
    when abs(merged.sum_transaction_order_total_as_nu_last_7_days_offset_7) < to_double('inf')
        then merged.sum_transaction_order_total_as_nu_last_7_days_offset_7
end as total_7_days_before_7
coalesce(pages_last_month_collected.collected, array_construct()) as pages_last_month
case
    when merged.sum_transaction_order_total_as_number_this_week is null then cast(0 as double)
    when abs(merged.sum_transaction_order_total_as_number_this_week) < to_double('inf')
        then merged.sum_transaction_order_total_as_number_this_week
end as total_this_week
case
    when merged.sum_transaction_order_total_as_number_this_year is null then cast(0 as double)
    when abs(merged.sum_transaction_order_total_as_number_this_year) < to_double('inf')
        then merged.sum_transaction_order_total_as_number_this_year
end as total_this_year
case
    when merged.sum_transaction_order_total_as_number_quarter_offset_2 is null then cast(0 as double)
    when abs(merged.sum_transaction_order_total_as_number_quarter_offset_2) < to_double('inf')
        then merged.sum_transaction_order_total_as_number_quarter_offset_2
end as total_2_quarters_ago
when
    published.signals_copies > 1
    or (
        published.total_7_days_before_7 is distinct from computed.total_7_days_before_7
        and coalesce(
            abs(published.total_7_days_before_7 / nullif(greatest(abs(published.total_7_days_before_7), abs(computed.total_7_days_before_7)), 0) - computed.total_7_days_before_7 / nullif(greatest(abs(published.total_7_days_before_7), abs(computed.total_7_days_before_7)), 0))
            > 1e-12,
            true
        )
    )
    or to_json(published.pages_last_month) is distinct from to_json(computed.pages_last_month)
    or (
        published.total_this_week is distinct from computed.total_this_week
        and coalesce(
            abs(published.total_this_week / nullif(greatest(abs(published.total_this_week), abs(computed.total_this_week)), 0) - computed.total_this_week / nullif(greatest(abs(published.total_this_week), abs(computed.total_this_week)), 0))
            > 1e-12,
            true
        )
    )
    or (
        published.total_this_year is distinct from computed.total_this_year
        and coalesce(
            abs(published.total_this_year / nullif(greatest(abs(published.total_this_year), abs(computed.total_this_year)), 0) - computed.total_this_year / nullif(greatest(abs(published.total_this_year), abs(computed.total_this_year)), 0))
            > 1e-12,
            true
        )
    )
    or (
        published.total_2_quarters_ago is distinct from computed.total_2_quarters_ago
        and coalesce(
            abs(published.total_2_quarters_ago / nullif(greatest(abs(published.total_2_quarters_ago), abs(computed.total_2_quarters_ago)), 0) - computed.total_2_quarters_ago / nullif(greatest(abs(published.total_2_quarters_ago), abs(computed.total_2_quarters_ago)), 0))
            > 1e-12,
            true
        )
    )
    then 'changed'
