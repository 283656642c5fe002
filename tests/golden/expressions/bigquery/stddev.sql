-- daily_aggregates
sum(
    if(
        abs(transaction_order_total_as_number) < 1e150,
        transaction_order_total_as_number - spread_transaction_order_total_as_number_from,
        null
    )
) as spread_transaction_order_total_as_number_above
case
    when max(abs(transaction_order_total_as_number)) < 1e150
        then sum(
            if(
                abs(transaction_order_total_as_number) < 1e150,
                power(transaction_order_total_as_number - spread_transaction_order_total_as_number_from, 2),
                null
            )
        )
end as spread_transaction_order_total_as_number_squares
count(if(is_transaction, transaction_order_total_as_number, null)) as spread_transaction_order_total_as_number_2_count
sum(
    if(
        is_transaction and abs(transaction_order_total_as_number) < 1e150,
        transaction_order_total_as_number - spread_transaction_order_total_as_number_2_from,
        null
    )
) as spread_transaction_order_total_as_number_2_above
case
    when max(if(is_transaction, abs(transaction_order_total_as_number), null)) < 1e150
        then sum(
            if(
                is_transaction and abs(transaction_order_total_as_number) < 1e150,
                power(transaction_order_total_as_number - spread_transaction_order_total_as_number_2_from, 2),
                null
            )
        )
end as spread_transaction_order_total_as_number_2_squares

-- attributes_this_run
sum(if(in_last_7_days, spread_transaction_order_total_as_number_count, null)) as spread_transaction_order_total_as_number_last_7_days_count
sum(
    if(
        in_last_7_days,
        spread_transaction_order_total_as_number_above
        + spread_transaction_order_total_as_number_count
        * (
            spread_transaction_order_total_as_number_least
            - spread_transaction_order_total_as_number_last_7_days_from
        ),
        null
    )
) as spread_transaction_order_total_as_number_last_7_days_above
case
    when count(
        case
            when (
                in_last_7_days
                and (
                    spread_transaction_order_total_as_number_count > 0
                    and spread_transaction_order_total_as_number_squares is null
                )
            )
                then 1
        end
    )
    = 0
        then sum(
            if(
                in_last_7_days,
                spread_transaction_order_total_as_number_squares
                + (
                    spread_transaction_order_total_as_number_least
                    - spread_transaction_order_total_as_number_last_7_days_from
                )
                * (
                    spread_transaction_order_total_as_number_above
                    + spread_transaction_order_total_as_number_count
                    * (
                        spread_transaction_order_total_as_number_least
                        - spread_transaction_order_total_as_number_last_7_days_from
                    )
                    + spread_transaction_order_total_as_number_above
                ),
                null
            )
        )
end as spread_transaction_order_total_as_number_last_7_days_squares
when
    published.signals_copies > 1
    or (
        published.stddev_last_7_days is distinct from computed.stddev_last_7_days
        and coalesce(
            abs(safe_subtract(published.stddev_last_7_days, computed.stddev_last_7_days))
            > 1e-12 * greatest(abs(published.stddev_last_7_days), abs(computed.stddev_last_7_days)),
            true
        )
    )
    or (
        published.stddev_of_lifetime is distinct from computed.stddev_of_lifetime
        and coalesce(
            abs(safe_subtract(published.stddev_of_lifetime, computed.stddev_of_lifetime))
            > 1e-12 * greatest(abs(published.stddev_of_lifetime), abs(computed.stddev_of_lifetime)),
            true
        )
    )
    then 'changed'
