-- daily_aggregates
sum(
    case
        when (transaction_order_total_as_number - spread_transaction_order_total_as_number_from) > 1e-150
            then transaction_order_total_as_number - spread_transaction_order_total_as_number_from
        else 0e0
    end
) filter(
    where abs(transaction_order_total_as_number) < 1e150
) as spread_transaction_order_total_as_number_above
case
    when max(abs(transaction_order_total_as_number)) < 1e150
        then sum(
            power(
                case
                    when (transaction_order_total_as_number - spread_transaction_order_total_as_number_from) > 1e-150
                        then transaction_order_total_as_number - spread_transaction_order_total_as_number_from
                    else 0e0
                end,
                2
            )
        ) filter(
            where abs(transaction_order_total_as_number) < 1e150
        )
end as spread_transaction_order_total_as_number_squares
sum(
    case
        when (transaction_order_total_as_number - spread_transaction_order_total_as_number_2_from) > 1e-150
            then transaction_order_total_as_number - spread_transaction_order_total_as_number_2_from
        else 0e0
    end
) filter(
    where is_transaction and abs(transaction_order_total_as_number) < 1e150
) as spread_transaction_order_total_as_number_2_above
case
    when max(abs(transaction_order_total_as_number)) filter(where is_transaction) < 1e150
        then sum(
            power(
                case
                    when (transaction_order_total_as_number - spread_transaction_order_total_as_number_2_from) > 1e-150
                        then transaction_order_total_as_number - spread_transaction_order_total_as_number_2_from
                    else 0e0
                end,
                2
            )
        ) filter(
            where is_transaction and abs(transaction_order_total_as_number) < 1e150
        )
end as spread_transaction_order_total_as_number_2_squares

-- attributes_this_run
sum(
    spread_transaction_order_total_as_number_above
    + spread_transaction_order_total_as_number_count
    * (
        case
            when (
                spread_transaction_order_total_as_number_least
                - spread_transaction_order_total_as_number_last_7_days_from
            )
            > 1e-150
                then spread_transaction_order_total_as_number_least
                - spread_transaction_order_total_as_number_last_7_days_from
            else 0e0
        end
    )
) filter(
    where in_last_7_days
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
            spread_transaction_order_total_as_number_squares
            + (
                case
                    when (
                        spread_transaction_order_total_as_number_least
                        - spread_transaction_order_total_as_number_last_7_days_from
                    )
                    > 1e-150
                        then spread_transaction_order_total_as_number_least
                        - spread_transaction_order_total_as_number_last_7_days_from
                    else 0e0
                end
            )
            * (
                spread_transaction_order_total_as_number_above
                + spread_transaction_order_total_as_number_count
                * (
                    case
                        when (
                            spread_transaction_order_total_as_number_least
                            - spread_transaction_order_total_as_number_last_7_days_from
                        )
                        > 1e-150
                            then spread_transaction_order_total_as_number_least
                            - spread_transaction_order_total_as_number_last_7_days_from
                        else 0e0
                    end
                )
                + spread_transaction_order_total_as_number_above
            )
        ) filter(
            where in_last_7_days
        )
end as spread_transaction_order_total_as_number_last_7_days_squares
sum(
    spread_transaction_order_total_as_number_2_above
    + spread_transaction_order_total_as_number_2_count
    * (
        case
            when (
                spread_transaction_order_total_as_number_2_least
                - spread_transaction_order_total_as_number_2_from
            )
            > 1e-150
                then spread_transaction_order_total_as_number_2_least
                - spread_transaction_order_total_as_number_2_from
            else 0e0
        end
    )
) as spread_transaction_order_total_as_number_2_above
case
    when count(
        case
            when (
                spread_transaction_order_total_as_number_2_count > 0
                and spread_transaction_order_total_as_number_2_squares is null
            )
                then 1
        end
    )
    = 0
        then sum(
            spread_transaction_order_total_as_number_2_squares
            + (
                case
                    when (
                        spread_transaction_order_total_as_number_2_least
                        - spread_transaction_order_total_as_number_2_from
                    )
                    > 1e-150
                        then spread_transaction_order_total_as_number_2_least
                        - spread_transaction_order_total_as_number_2_from
                    else 0e0
                end
            )
            * (
                spread_transaction_order_total_as_number_2_above
                + spread_transaction_order_total_as_number_2_count
                * (
                    case
                        when (
                            spread_transaction_order_total_as_number_2_least
                            - spread_transaction_order_total_as_number_2_from
                        )
                        > 1e-150
                            then spread_transaction_order_total_as_number_2_least
                            - spread_transaction_order_total_as_number_2_from
                        else 0e0
                    end
                )
                + spread_transaction_order_total_as_number_2_above
            )
        )
end as spread_transaction_order_total_as_number_2_squares
when
    published.signals_copies > 1
    or (
        published.stddev_last_7_days is distinct from computed.stddev_last_7_days
        and coalesce(
            abs(cast(published.stddev_last_7_days as decimal) - cast(computed.stddev_last_7_days as decimal))
            > 1e-12 * greatest(abs(cast(published.stddev_last_7_days as decimal)), abs(cast(computed.stddev_last_7_days as decimal))),
            true
        )
    )
    or (
        published.stddev_of_lifetime is distinct from computed.stddev_of_lifetime
        and coalesce(
            abs(cast(published.stddev_of_lifetime as decimal) - cast(computed.stddev_of_lifetime as decimal))
            > 1e-12 * greatest(abs(cast(published.stddev_of_lifetime as decimal)), abs(cast(computed.stddev_of_lifetime as decimal))),
            true
        )
    )
    then 'changed'
