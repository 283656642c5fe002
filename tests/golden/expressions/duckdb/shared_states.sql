-- attributes_this_run
{%- set history = signals_history_for(limits, 365) %}
'domain_userid', 'total_1', 'total_7', 'total_365', 'total', 'whole_total', 'updated_at'
{{ signals_in_window(limits, 1) }} as in_last_1_days
{{ signals_in_window(limits, 365) }} as in_last_365_days
sum(sum_transaction_order_total_as_number) filter(where in_last_1_days) as sum_transaction_order_total_as_number_last_1_days
sum(sum_transaction_order_total_as_number) filter(where in_last_365_days) as sum_transaction_order_total_as_number_last_365_days
sum(sum_transaction_order_total_as_number) as sum_transaction_order_total_as_number
case
    when merged.sum_transaction_order_total_as_number_last_1_days is null then cast(1.0e0 as double)
    when isfinite(try_cast(merged.sum_transaction_order_total_as_number_last_1_days as double))
        then try_cast(merged.sum_transaction_order_total_as_number_last_1_days as double)
end as total_1
case
    when merged.sum_transaction_order_total_as_number_last_7_days is null then cast(7.0e0 as double)
    when isfinite(try_cast(merged.sum_transaction_order_total_as_number_last_7_days as double))
        then try_cast(merged.sum_transaction_order_total_as_number_last_7_days as double)
end as total_7
case
    when merged.sum_transaction_order_total_as_number_last_365_days is null then cast(365.0e0 as double)
    when isfinite(try_cast(merged.sum_transaction_order_total_as_number_last_365_days as double))
        then try_cast(merged.sum_transaction_order_total_as_number_last_365_days as double)
end as total_365
case
    when merged.sum_transaction_order_total_as_number is null then cast(0 as double)
    when isfinite(try_cast(merged.sum_transaction_order_total_as_number as double))
        then try_cast(merged.sum_transaction_order_total_as_number as double)
end as total
case
    when merged.sum_transaction_order_total_as_number is null then cast(0 as bigint)
    when merged.sum_transaction_order_total_as_number
    = trunc(merged.sum_transaction_order_total_as_number)
        then try_cast(merged.sum_transaction_order_total_as_number as bigint)
end as whole_total
when
    published.signals_copies > 1
    or (
        published.total_1 is distinct from computed.total_1
        and coalesce(
            abs(published.total_1 - computed.total_1)
            > 1e-12 * greatest(abs(published.total_1), abs(computed.total_1)),
            true
        )
    )
    or (
        published.total_7 is distinct from computed.total_7
        and coalesce(
            abs(published.total_7 - computed.total_7)
            > 1e-12 * greatest(abs(published.total_7), abs(computed.total_7)),
            true
        )
    )
    or (
        published.total_365 is distinct from computed.total_365
        and coalesce(
            abs(published.total_365 - computed.total_365)
            > 1e-12 * greatest(abs(published.total_365), abs(computed.total_365)),
            true
        )
    )
    or (
        published.total is distinct from computed.total
        and coalesce(
            abs(published.total - computed.total)
            > 1e-12 * greatest(abs(published.total), abs(computed.total)),
            true
        )
    )
    or published.whole_total is distinct from computed.whole_total
    then 'changed'
