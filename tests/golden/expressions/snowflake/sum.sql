-- base_events_this_run
{{ signals_value(
    columns, 'number',
    column='unstruct_event_com_acme_transaction_1',
    typed='unstruct_event_com_acme_transaction_1[\x27orderTotal\x27]',
    path=['orderTotal'],
    json='unstruct_event_com_acme_transaction_1[\x27orderTotal\x27]'
) }} as transaction_order_total_as_number

-- daily_aggregates
sum(
    case
        when abs(transaction_order_total_as_number) >= 1e290 then to_double('inf')
        else transaction_order_total_as_number
    end
) as sum_transaction_order_total_as_number
sum(
    case
        when is_transaction
            then case
                when abs(transaction_order_total_as_number) >= 1e290 then to_double('inf')
                else transaction_order_total_as_number
            end
    end
) as sum_transaction_order_total_as_number_2

-- attributes_this_run
sum(case when in_last_7_days then sum_transaction_order_total_as_number end) as sum_transaction_order_total_as_number_last_7_days
case
    when merged.sum_transaction_order_total_as_number_last_7_days is null then cast(0 as double)
    when abs(merged.sum_transaction_order_total_as_number_last_7_days) < to_double('inf')
        then merged.sum_transaction_order_total_as_number_last_7_days
end as sum_last_7_days
case
    when merged.sum_transaction_order_total_as_number_2 is null then cast(0 as number(19, 0))
    when (
        merged.sum_transaction_order_total_as_number_2
        = floor(merged.sum_transaction_order_total_as_number_2)
        and (
            merged.sum_transaction_order_total_as_number_2 >= -9223372036854775808
            and merged.sum_transaction_order_total_as_number_2 < 9223372036854775808
        )
    )
        then cast(merged.sum_transaction_order_total_as_number_2 as number(19, 0))
end as sum_of_lifetime
when
    published.signals_copies > 1
    or (
        published.sum_last_7_days is distinct from computed.sum_last_7_days
        and coalesce(
            abs(published.sum_last_7_days / nullif(greatest(abs(published.sum_last_7_days), abs(computed.sum_last_7_days)), 0) - computed.sum_last_7_days / nullif(greatest(abs(published.sum_last_7_days), abs(computed.sum_last_7_days)), 0))
            > 1e-12,
            true
        )
    )
    or published.sum_of_lifetime is distinct from computed.sum_of_lifetime
    then 'changed'
