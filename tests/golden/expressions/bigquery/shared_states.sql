-- attributes_this_run
sum(if(in_last_1_days, sum_transaction_order_total_as_number, null)) as sum_transaction_order_total_as_number_last_1_days
sum(if(in_last_365_days, sum_transaction_order_total_as_number, null)) as sum_transaction_order_total_as_number_last_365_days
case
    when merged.sum_transaction_order_total_as_number_last_1_days is null then cast(1.0e0 as float64)
    else if(
        abs(merged.sum_transaction_order_total_as_number_last_1_days) <= 1.7976931348623157e308,
        merged.sum_transaction_order_total_as_number_last_1_days,
        null
    )
end as total_1
case
    when merged.sum_transaction_order_total_as_number_last_7_days is null then cast(7.0e0 as float64)
    else if(
        abs(merged.sum_transaction_order_total_as_number_last_7_days) <= 1.7976931348623157e308,
        merged.sum_transaction_order_total_as_number_last_7_days,
        null
    )
end as total_7
case
    when merged.sum_transaction_order_total_as_number_last_365_days is null then cast(365.0e0 as float64)
    else if(
        abs(merged.sum_transaction_order_total_as_number_last_365_days) <= 1.7976931348623157e308,
        merged.sum_transaction_order_total_as_number_last_365_days,
        null
    )
end as total_365
case
    when merged.sum_transaction_order_total_as_number is null then cast(0 as float64)
    else if(
        abs(merged.sum_transaction_order_total_as_number) <= 1.7976931348623157e308,
        merged.sum_transaction_order_total_as_number,
        null
    )
end as total
case
    when merged.sum_transaction_order_total_as_number is null then cast(0 as int64)
    else if(
        merged.sum_transaction_order_total_as_number
        = trunc(merged.sum_transaction_order_total_as_number)
        and merged.sum_transaction_order_total_as_number >= -9223372036854775808e0
        and merged.sum_transaction_order_total_as_number < 9223372036854775808e0,
        safe_cast(merged.sum_transaction_order_total_as_number as int64),
        null
    )
end as whole_total
when
    published.signals_copies > 1
    or (
        published.total_1 is distinct from computed.total_1
        and coalesce(
            abs(safe_subtract(published.total_1, computed.total_1))
            > 1e-12 * greatest(abs(published.total_1), abs(computed.total_1)),
            true
        )
    )
    or (
        published.total_7 is distinct from computed.total_7
        and coalesce(
            abs(safe_subtract(published.total_7, computed.total_7))
            > 1e-12 * greatest(abs(published.total_7), abs(computed.total_7)),
            true
        )
    )
    or (
        published.total_365 is distinct from computed.total_365
        and coalesce(
            abs(safe_subtract(published.total_365, computed.total_365))
            > 1e-12 * greatest(abs(published.total_365), abs(computed.total_365)),
            true
        )
    )
    or (
        published.total is distinct from computed.total
        and coalesce(
            abs(safe_subtract(published.total, computed.total))
            > 1e-12 * greatest(abs(published.total), abs(computed.total)),
            true
        )
    )
    or published.whole_total is distinct from computed.whole_total
    then 'changed'
