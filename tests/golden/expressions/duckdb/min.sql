-- base_events_this_run
{{ signals_value(
    columns, 'time',
    column='unstruct_event_com_acme_transaction_1',
    typed='unstruct_event_com_acme_transaction_1.paid_at',
    path=['paid_at'],
    json='json_extract(unstruct_event_com_acme_transaction_1, \x27$."paidAt"\x27)'
) }} as transaction_paid_at_as_time

-- daily_aggregates
min(transaction_order_total_as_number) as min_transaction_order_total_as_number
min(transaction_paid_at_as_time) filter(where is_transaction) as min_transaction_paid_at_as_time

-- attributes_this_run
'domain_userid', 'min_last_7_days', 'min_of_lifetime', 'updated_at'
min(min_transaction_order_total_as_number) filter(where in_last_7_days) as min_transaction_order_total_as_number_last_7_days
min(min_transaction_paid_at_as_time) as min_transaction_paid_at_as_time
case
    when isfinite(try_cast(merged.min_transaction_order_total_as_number_last_7_days as double))
        then try_cast(merged.min_transaction_order_total_as_number_last_7_days as double)
end as min_last_7_days
when
    published.signals_copies > 1
    or (
        published.min_last_7_days is distinct from computed.min_last_7_days
        and coalesce(
            abs(published.min_last_7_days - computed.min_last_7_days)
            > 1e-12 * greatest(abs(published.min_last_7_days), abs(computed.min_last_7_days)),
            true
        )
    )
    or published.min_of_lifetime is distinct from computed.min_of_lifetime
    then 'changed'
