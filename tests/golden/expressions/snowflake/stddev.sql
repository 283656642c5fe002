-- daily_aggregates
sum(
    case
        when abs(transaction_order_total_as_number) < 1e150
            then transaction_order_total_as_number - spread_transaction_order_total_as_number_from
    end
) as spread_transaction_order_total_as_number_above
case
    when max(abs(transaction_order_total_as_number)) < 1e150
        then sum(
            case
                when abs(transaction_order_total_as_number) < 1e150
                    then power(transaction_order_total_as_number - spread_transaction_order_total_as_number_from, 2)
            end
        )
end as spread_transaction_order_total_as_number_squares
count(case when is_transaction then transaction_order_total_as_number end) as spread_transaction_order_total_as_number_2_count
sum(
    case
        when is_transaction and abs(transaction_order_total_as_number) < 1e150
            then transaction_order_total_as_number - spread_transaction_order_total_as_number_2_from
    end
) as spread_transaction_order_total_as_number_2_above
case
    when max(case when is_transaction then abs(transaction_order_total_as_number) end) < 1e150
        then sum(
            case
                when is_transaction and abs(transaction_order_total_as_number) < 1e150
                    then power(transaction_order_total_as_number - spread_transaction_order_total_as_number_2_from, 2)
            end
        )
end as spread_transaction_order_total_as_number_2_squares

-- attributes_this_run
sum(case when in_last_7_days then spread_transaction_order_total_as_number_count end) as spread_transaction_order_total_as_number_last_7_days_count
sum(
    case
        when in_last_7_days
            then spread_transaction_order_total_as_number_above
            + spread_transaction_order_total_as_number_count
            * (
                spread_transaction_order_total_as_number_least
                - spread_transaction_order_total_as_number_last_7_days_from
            )
    end
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
            case
                when in_last_7_days
                    then spread_transaction_order_total_as_number_squares
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
                    )
            end
        )
end as spread_transaction_order_total_as_number_last_7_days_squares
when
    published.signals_copies > 1
    or (
        published.stddev_last_7_days is distinct from computed.stddev_last_7_days
        and coalesce(
            abs(published.stddev_last_7_days / nullif(greatest(abs(published.stddev_last_7_days), abs(computed.stddev_last_7_days)), 0) - computed.stddev_last_7_days / nullif(greatest(abs(published.stddev_last_7_days), abs(computed.stddev_last_7_days)), 0))
            > 1e-12,
            true
        )
    )
    or (
        published.stddev_of_lifetime is distinct from computed.stddev_of_lifetime
        and coalesce(
            abs(published.stddev_of_lifetime / nullif(greatest(abs(published.stddev_of_lifetime), abs(computed.stddev_of_lifetime)), 0) - computed.stddev_of_lifetime / nullif(greatest(abs(published.stddev_of_lifetime), abs(computed.stddev_of_lifetime)), 0))
            > 1e-12,
            true
        )
    )
    then 'changed'
