-- attributes_this_run
case
    when merged.sum_transaction_order_total_as_nu_last_7_days_offset_7 is null then cast(0 as double precision)
    when not merged.sum_transaction_order_total_as_nu_last_7_days_offset_7 in ('NaN', 'Infinity', '-Infinity')
        then merged.sum_transaction_order_total_as_nu_last_7_days_offset_7
end as total_7_days_before_7
coalesce(pages_last_month_collected.collected, cast(array[] as text[])) as pages_last_month
case
    when merged.sum_transaction_order_total_as_number_this_week is null then cast(0 as double precision)
    when not merged.sum_transaction_order_total_as_number_this_week in ('NaN', 'Infinity', '-Infinity')
        then merged.sum_transaction_order_total_as_number_this_week
end as total_this_week
case
    when merged.sum_transaction_order_total_as_number_this_year is null then cast(0 as double precision)
    when not merged.sum_transaction_order_total_as_number_this_year in ('NaN', 'Infinity', '-Infinity')
        then merged.sum_transaction_order_total_as_number_this_year
end as total_this_year
case
    when merged.sum_transaction_order_total_as_number_quarter_offset_2 is null then cast(0 as double precision)
    when not merged.sum_transaction_order_total_as_number_quarter_offset_2 in ('NaN', 'Infinity', '-Infinity')
        then merged.sum_transaction_order_total_as_number_quarter_offset_2
end as total_2_quarters_ago
when
    published.signals_copies > 1
    or (
        published.total_7_days_before_7 is distinct from computed.total_7_days_before_7
        and coalesce(
            abs(cast(published.total_7_days_before_7 as decimal) - cast(computed.total_7_days_before_7 as decimal))
            > 1e-12 * greatest(abs(cast(published.total_7_days_before_7 as decimal)), abs(cast(computed.total_7_days_before_7 as decimal))),
            true
        )
    )
    or published.pages_last_month is distinct from computed.pages_last_month
    or (
        published.total_this_week is distinct from computed.total_this_week
        and coalesce(
            abs(cast(published.total_this_week as decimal) - cast(computed.total_this_week as decimal))
            > 1e-12 * greatest(abs(cast(published.total_this_week as decimal)), abs(cast(computed.total_this_week as decimal))),
            true
        )
    )
    or (
        published.total_this_year is distinct from computed.total_this_year
        and coalesce(
            abs(cast(published.total_this_year as decimal) - cast(computed.total_this_year as decimal))
            > 1e-12 * greatest(abs(cast(published.total_this_year as decimal)), abs(cast(computed.total_this_year as decimal))),
            true
        )
    )
    or (
        published.total_2_quarters_ago is distinct from computed.total_2_quarters_ago
        and coalesce(
            abs(cast(published.total_2_quarters_ago as decimal) - cast(computed.total_2_quarters_ago as decimal))
            > 1e-12 * greatest(abs(cast(published.total_2_quarters_ago as decimal)), abs(cast(computed.total_2_quarters_ago as decimal))),
            true
        )
    )
    then 'changed'
