-- base_events_this_run
{{ signals_value(
    columns, 'time',
    column='unstruct_event_com_acme_transaction_1',
    typed='to_jsonb(unstruct_event_com_acme_transaction_1) -> \x27paid_at\x27',
    path=['paid_at'],
    json='unstruct_event_com_acme_transaction_1 -> \x27paidAt\x27'
) }} as transaction_paid_at_as_time

-- attributes_this_run
case
    when not merged.min_transaction_order_total_as_number_last_7_days in ('NaN', 'Infinity', '-Infinity')
        then merged.min_transaction_order_total_as_number_last_7_days
end as min_last_7_days
when
    published.signals_copies > 1
    or (
        published.min_last_7_days is distinct from computed.min_last_7_days
        and coalesce(
            abs(cast(published.min_last_7_days as decimal) - cast(computed.min_last_7_days as decimal))
            > 1e-12 * greatest(abs(cast(published.min_last_7_days as decimal)), abs(cast(computed.min_last_7_days as decimal))),
            true
        )
    )
    or published.min_of_lifetime is distinct from computed.min_of_lifetime
    then 'changed'
