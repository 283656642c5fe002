-- attributes_this_run
sum(case when in_last_1_days then sum_transaction_order_total_as_number end) as sum_transaction_order_total_as_number_last_1_days
sum(case when in_last_365_days then sum_transaction_order_total_as_number end) as sum_transaction_order_total_as_number_last_365_days
case
    when merged.sum_transaction_order_total_as_number_last_1_days is null then cast(1.0e0 as double)
    when abs(merged.sum_transaction_order_total_as_number_last_1_days) < to_double('inf')
        then merged.sum_transaction_order_total_as_number_last_1_days
end as total_1
case
    when merged.sum_transaction_order_total_as_number_last_7_days is null then cast(7.0e0 as double)
    when abs(merged.sum_transaction_order_total_as_number_last_7_days) < to_double('inf')
        then merged.sum_transaction_order_total_as_number_last_7_days
end as total_7
case
    when merged.sum_transaction_order_total_as_number_last_365_days is null then cast(365.0e0 as double)
    when abs(merged.sum_transaction_order_total_as_number_last_365_days) < to_double('inf')
        then merged.sum_transaction_order_total_as_number_last_365_days
end as total_365
case
    when merged.sum_transaction_order_total_as_number is null then cast(0 as double)
    when abs(merged.sum_transaction_order_total_as_number) < to_double('inf')
        then merged.sum_transaction_order_total_as_number
end as total
case
    when merged.sum_transaction_order_total_as_number is null then cast(0 as number(19, 0))
    when (
        merged.sum_transaction_order_total_as_number
        = floor(merged.sum_transaction_order_total_as_number)
        and (
            merged.sum_transaction_order_total_as_number >= -9223372036854775808
            and merged.sum_transaction_order_total_as_number < 9223372036854775808
        )
    )
        then cast(merged.sum_transaction_order_total_as_number as number(19, 0))
end as whole_total
when
    published.signals_copies > 1
    or (
        published.total_1 is distinct from computed.total_1
        and coalesce(
            abs(published.total_1 / nullif(greatest(abs(published.total_1), abs(computed.total_1)), 0) - computed.total_1 / nullif(greatest(abs(published.total_1), abs(computed.total_1)), 0))
            > 1e-12,
            true
        )
    )
    or (
        published.total_7 is distinct from computed.total_7
        and coalesce(
            abs(published.total_7 / nullif(greatest(abs(published.total_7), abs(computed.total_7)), 0) - computed.total_7 / nullif(greatest(abs(published.total_7), abs(computed.total_7)), 0))
            > 1e-12,
            true
        )
    )
    or (
        published.total_365 is distinct from computed.total_365
        and coalesce(
            abs(published.total_365 / nullif(greatest(abs(published.total_365), abs(computed.total_365)), 0) - computed.total_365 / nullif(greatest(abs(published.total_365), abs(computed.total_365)), 0))
            > 1e-12,
            true
        )
    )
    or (
        published.total is distinct from computed.total
        and coalesce(
            abs(published.total / nullif(greatest(abs(published.total), abs(computed.total)), 0) - computed.total / nullif(greatest(abs(published.total), abs(computed.total)), 0))
            > 1e-12,
            true
        )
    )
    or published.whole_total is distinct from computed.whole_total
    then 'changed'
