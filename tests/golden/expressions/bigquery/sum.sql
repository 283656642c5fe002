-- base_events_this_run
{{ signals_value(
    columns, 'number',
    column='unstruct_event_com_acme_transaction_1',
    typed='unstruct_event_com_acme_transaction_1.order_total',
    path=['order_total'],
    json='unstruct_event_com_acme_transaction_1[\x27orderTotal\x27]'
) }} as transaction_order_total_as_number

-- daily_aggregates
sum(
    case
        when abs(transaction_order_total_as_number) < 1e290 then transaction_order_total_as_number
        else sign(transaction_order_total_as_number) * cast('inf' as float64)
    end
) as sum_transaction_order_total_as_number
sum(
    if(
        is_transaction,
        case
            when abs(transaction_order_total_as_number) < 1e290 then transaction_order_total_as_number
            else sign(transaction_order_total_as_number) * cast('inf' as float64)
        end,
        null
    )
) as sum_transaction_order_total_as_number_2

-- attributes_this_run
sum(if(in_last_7_days, sum_transaction_order_total_as_number, null)) as sum_transaction_order_total_as_number_last_7_days
case
    when merged.sum_transaction_order_total_as_number_last_7_days is null then cast(0 as float64)
    else if(
        abs(merged.sum_transaction_order_total_as_number_last_7_days) <= 1.7976931348623157e308,
        merged.sum_transaction_order_total_as_number_last_7_days,
        null
    )
end as sum_last_7_days
case
    when merged.sum_transaction_order_total_as_number_2 is null then cast(0 as int64)
    else if(
        merged.sum_transaction_order_total_as_number_2
        = trunc(merged.sum_transaction_order_total_as_number_2)
        and merged.sum_transaction_order_total_as_number_2 >= -9223372036854775808e0
        and merged.sum_transaction_order_total_as_number_2 < 9223372036854775808e0,
        safe_cast(merged.sum_transaction_order_total_as_number_2 as int64),
        null
    )
end as sum_of_lifetime
when
    published.signals_copies > 1
    or (
        published.sum_last_7_days is distinct from computed.sum_last_7_days
        and coalesce(
            abs(safe_subtract(published.sum_last_7_days, computed.sum_last_7_days))
            > 1e-12 * greatest(abs(published.sum_last_7_days), abs(computed.sum_last_7_days)),
            true
        )
    )
    or published.sum_of_lifetime is distinct from computed.sum_of_lifetime
    then 'changed'
