-- base_events_this_run
{{ signals_value(
    columns, 'time',
    column='unstruct_event_com_acme_transaction_1',
    typed='unstruct_event_com_acme_transaction_1[\x27paidAt\x27]',
    path=['paidAt'],
    json='unstruct_event_com_acme_transaction_1[\x27paidAt\x27]'
) }} as transaction_paid_at_as_time

-- daily_aggregates
min(case when is_transaction then transaction_paid_at_as_time end) as min_transaction_paid_at_as_time

-- attributes_this_run
min(case when in_last_7_days then min_transaction_order_total_as_number end) as min_transaction_order_total_as_number_last_7_days
case
    when abs(merged.min_transaction_order_total_as_number_last_7_days) < to_double('inf')
        then merged.min_transaction_order_total_as_number_last_7_days
end as min_last_7_days
when
    published.signals_copies > 1
    or (
        published.min_last_7_days is distinct from computed.min_last_7_days
        and coalesce(
            abs(published.min_last_7_days / nullif(greatest(abs(published.min_last_7_days), abs(computed.min_last_7_days)), 0) - computed.min_last_7_days / nullif(greatest(abs(published.min_last_7_days), abs(computed.min_last_7_days)), 0))
            > 1e-12,
            true
        )
    )
    or published.min_of_lifetime is distinct from computed.min_of_lifetime
    then 'changed'
