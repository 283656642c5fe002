-- base_events_this_run
{{ signals_value(
    columns, 'number',
    column='unstruct_event_com_acme_transaction_1',
    typed='unstruct_event_com_acme_transaction_1.order_total',
    path=['order_total'],
    json='json_extract(unstruct_event_com_acme_transaction_1, \x27$."orderTotal"\x27)'
) }} as transaction_order_total_as_number

-- daily_aggregates
sum(transaction_order_total_as_number) as sum_transaction_order_total_as_number
sum(transaction_order_total_as_number) filter(where is_transaction) as sum_transaction_order_total_as_number_2

-- attributes_this_run
'domain_userid', 'sum_last_7_days', 'sum_of_lifetime', 'updated_at'
sum(sum_transaction_order_total_as_number) filter(where in_last_7_days) as sum_transaction_order_total_as_number_last_7_days
sum(sum_transaction_order_total_as_number_2) as sum_transaction_order_total_as_number_2
case
    when merged.sum_transaction_order_total_as_number_last_7_days is null then cast(0 as double)
    when isfinite(try_cast(merged.sum_transaction_order_total_as_number_last_7_days as double))
        then try_cast(merged.sum_transaction_order_total_as_number_last_7_days as double)
end as sum_last_7_days
case
    when merged.sum_transaction_order_total_as_number_2 is null then cast(0 as bigint)
    when merged.sum_transaction_order_total_as_number_2
    = trunc(merged.sum_transaction_order_total_as_number_2)
        then try_cast(merged.sum_transaction_order_total_as_number_2 as bigint)
end as sum_of_lifetime
when
    published.signals_copies > 1
    or (
        published.sum_last_7_days is distinct from computed.sum_last_7_days
        and coalesce(
            abs(published.sum_last_7_days - computed.sum_last_7_days)
            > 1e-12 * greatest(abs(published.sum_last_7_days), abs(computed.sum_last_7_days)),
            true
        )
    )
    or published.sum_of_lifetime is distinct from computed.sum_of_lifetime
    then 'changed'
