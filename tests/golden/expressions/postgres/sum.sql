-- base_events_this_run
{{ signals_value(
    columns, 'number',
    column='unstruct_event_com_acme_transaction_1',
    typed='to_jsonb(unstruct_event_com_acme_transaction_1) -> \x27order_total\x27',
    path=['order_total'],
    json='unstruct_event_com_acme_transaction_1 -> \x27orderTotal\x27'
) }} as transaction_order_total_as_number

-- daily_aggregates
sum(
    case
        when abs(transaction_order_total_as_number) < 1e290 then transaction_order_total_as_number
        else transaction_order_total_as_number * cast('Infinity' as double precision)
    end
) as sum_transaction_order_total_as_number
sum(
    case
        when abs(transaction_order_total_as_number) < 1e290 then transaction_order_total_as_number
        else transaction_order_total_as_number * cast('Infinity' as double precision)
    end
) filter(
    where is_transaction
) as sum_transaction_order_total_as_number_2

-- attributes_this_run
case
    when merged.sum_transaction_order_total_as_number_last_7_days is null then cast(0 as double precision)
    when not merged.sum_transaction_order_total_as_number_last_7_days in ('NaN', 'Infinity', '-Infinity')
        then merged.sum_transaction_order_total_as_number_last_7_days
end as sum_last_7_days
case
    when merged.sum_transaction_order_total_as_number_2 is null then cast(0 as bigint)
    else (
        select
            case
                when number = trunc(number) and number >= -9223372036854775808 and number < 9223372036854775808
                    then cast(number as bigint)
            end
        from (select merged.sum_transaction_order_total_as_number_2 as number) as computed
    )
end as sum_of_lifetime
when
    published.signals_copies > 1
    or (
        published.sum_last_7_days is distinct from computed.sum_last_7_days
        and coalesce(
            abs(cast(published.sum_last_7_days as decimal) - cast(computed.sum_last_7_days as decimal))
            > 1e-12 * greatest(abs(cast(published.sum_last_7_days as decimal)), abs(cast(computed.sum_last_7_days as decimal))),
            true
        )
    )
    or published.sum_of_lifetime is distinct from computed.sum_of_lifetime
    then 'changed'
