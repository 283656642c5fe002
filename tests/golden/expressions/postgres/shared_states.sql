-- attributes_this_run
case
    when merged.sum_transaction_order_total_as_number_last_1_days is null then cast(1.0e0 as double precision)
    when not merged.sum_transaction_order_total_as_number_last_1_days in ('NaN', 'Infinity', '-Infinity')
        then merged.sum_transaction_order_total_as_number_last_1_days
end as total_1
case
    when merged.sum_transaction_order_total_as_number_last_7_days is null then cast(7.0e0 as double precision)
    when not merged.sum_transaction_order_total_as_number_last_7_days in ('NaN', 'Infinity', '-Infinity')
        then merged.sum_transaction_order_total_as_number_last_7_days
end as total_7
case
    when merged.sum_transaction_order_total_as_number_last_365_days is null
        then cast(365.0e0 as double precision)
    when not merged.sum_transaction_order_total_as_number_last_365_days in ('NaN', 'Infinity', '-Infinity')
        then merged.sum_transaction_order_total_as_number_last_365_days
end as total_365
case
    when merged.sum_transaction_order_total_as_number is null then cast(0 as double precision)
    when not merged.sum_transaction_order_total_as_number in ('NaN', 'Infinity', '-Infinity')
        then merged.sum_transaction_order_total_as_number
end as total
case
    when merged.sum_transaction_order_total_as_number is null then cast(0 as bigint)
    else (
        select
            case
                when number = trunc(number) and number >= -9223372036854775808 and number < 9223372036854775808
                    then cast(number as bigint)
            end
        from (select merged.sum_transaction_order_total_as_number as number) as computed
    )
end as whole_total
when
    published.signals_copies > 1
    or (
        published.total_1 is distinct from computed.total_1
        and coalesce(
            abs(cast(published.total_1 as decimal) - cast(computed.total_1 as decimal))
            > 1e-12 * greatest(abs(cast(published.total_1 as decimal)), abs(cast(computed.total_1 as decimal))),
            true
        )
    )
    or (
        published.total_7 is distinct from computed.total_7
        and coalesce(
            abs(cast(published.total_7 as decimal) - cast(computed.total_7 as decimal))
            > 1e-12 * greatest(abs(cast(published.total_7 as decimal)), abs(cast(computed.total_7 as decimal))),
            true
        )
    )
    or (
        published.total_365 is distinct from computed.total_365
        and coalesce(
            abs(cast(published.total_365 as decimal) - cast(computed.total_365 as decimal))
            > 1e-12 * greatest(abs(cast(published.total_365 as decimal)), abs(cast(computed.total_365 as decimal))),
            true
        )
    )
    or (
        published.total is distinct from computed.total
        and coalesce(
            abs(cast(published.total as decimal) - cast(computed.total as decimal))
            > 1e-12 * greatest(abs(cast(published.total as decimal)), abs(cast(computed.total as decimal))),
            true
        )
    )
    or published.whole_total is distinct from computed.whole_total
    then 'changed'
