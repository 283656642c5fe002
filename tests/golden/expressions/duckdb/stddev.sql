-- daily_aggregates
beside as (
min(
    case
        when abs(transaction_order_total_as_number) < 1e150 then transaction_order_total_as_number
    end
) over (partition by domain_userid, day, chunk) as spread_transaction_order_total_as_number_from
min(
    case
        when is_transaction and abs(transaction_order_total_as_number) < 1e150
            then transaction_order_total_as_number
    end
) over (partition by domain_userid, day, chunk) as spread_transaction_order_total_as_number_2_from
count(transaction_order_total_as_number) as spread_transaction_order_total_as_number_count
min(spread_transaction_order_total_as_number_from) as spread_transaction_order_total_as_number_least
sum(transaction_order_total_as_number - spread_transaction_order_total_as_number_from) filter(
    where abs(transaction_order_total_as_number) < 1e150
) as spread_transaction_order_total_as_number_above
case
    when max(abs(transaction_order_total_as_number)) < 1e150
        then sum(power(transaction_order_total_as_number - spread_transaction_order_total_as_number_from, 2)) filter(
            where abs(transaction_order_total_as_number) < 1e150
        )
end as spread_transaction_order_total_as_number_squares
count(transaction_order_total_as_number) filter(where is_transaction) as spread_transaction_order_total_as_number_2_count
min(spread_transaction_order_total_as_number_2_from) as spread_transaction_order_total_as_number_2_least
sum(transaction_order_total_as_number - spread_transaction_order_total_as_number_2_from) filter(
    where is_transaction and abs(transaction_order_total_as_number) < 1e150
) as spread_transaction_order_total_as_number_2_above
case
    when max(abs(transaction_order_total_as_number)) filter(where is_transaction) < 1e150
        then sum(
            power(transaction_order_total_as_number - spread_transaction_order_total_as_number_2_from, 2)
        ) filter(
            where is_transaction and abs(transaction_order_total_as_number) < 1e150
        )
end as spread_transaction_order_total_as_number_2_squares
from beside

-- attributes_this_run
'domain_userid', 'stddev_last_7_days', 'stddev_of_lifetime', 'updated_at'
min(case when in_last_7_days then spread_transaction_order_total_as_number_least end) over (partition by domain_userid) as spread_transaction_order_total_as_number_last_7_days_from
min(spread_transaction_order_total_as_number_2_least) over (partition by domain_userid) as spread_transaction_order_total_as_number_2_from
sum(spread_transaction_order_total_as_number_count) filter(where in_last_7_days) as spread_transaction_order_total_as_number_last_7_days_count
min(spread_transaction_order_total_as_number_last_7_days_from) as spread_transaction_order_total_as_number_last_7_days_least
sum(
    spread_transaction_order_total_as_number_above
    + spread_transaction_order_total_as_number_count
    * (
        spread_transaction_order_total_as_number_least
        - spread_transaction_order_total_as_number_last_7_days_from
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
        ) filter(
            where in_last_7_days
        )
end as spread_transaction_order_total_as_number_last_7_days_squares
sum(spread_transaction_order_total_as_number_2_count) as spread_transaction_order_total_as_number_2_count
sum(
    spread_transaction_order_total_as_number_2_above
    + spread_transaction_order_total_as_number_2_count
    * (
        spread_transaction_order_total_as_number_2_least
        - spread_transaction_order_total_as_number_2_from
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
                spread_transaction_order_total_as_number_2_least
                - spread_transaction_order_total_as_number_2_from
            )
            * (
                spread_transaction_order_total_as_number_2_above
                + spread_transaction_order_total_as_number_2_count
                * (
                    spread_transaction_order_total_as_number_2_least
                    - spread_transaction_order_total_as_number_2_from
                )
                + spread_transaction_order_total_as_number_2_above
            )
        )
end as spread_transaction_order_total_as_number_2_squares
case
    when merged.spread_transaction_order_total_as_number_last_7_days_squares is not null
        then sqrt(
            greatest(
                merged.spread_transaction_order_total_as_number_last_7_days_squares
                / nullif(merged.spread_transaction_order_total_as_number_last_7_days_count, 0)
                - power(
                    merged.spread_transaction_order_total_as_number_last_7_days_above
                    / nullif(merged.spread_transaction_order_total_as_number_last_7_days_count, 0),
                    2
                ),
                0
            )
        )
end as stddev_last_7_days
case
    when merged.spread_transaction_order_total_as_number_2_squares is not null
        then sqrt(
            greatest(
                merged.spread_transaction_order_total_as_number_2_squares
                / nullif(merged.spread_transaction_order_total_as_number_2_count, 0)
                - power(
                    merged.spread_transaction_order_total_as_number_2_above
                    / nullif(merged.spread_transaction_order_total_as_number_2_count, 0),
                    2
                ),
                0
            )
        )
end as stddev_of_lifetime
when
    published.signals_copies > 1
    or (
        published.stddev_last_7_days is distinct from computed.stddev_last_7_days
        and coalesce(
            abs(published.stddev_last_7_days - computed.stddev_last_7_days)
            > 1e-12 * greatest(abs(published.stddev_last_7_days), abs(computed.stddev_last_7_days)),
            true
        )
    )
    or (
        published.stddev_of_lifetime is distinct from computed.stddev_of_lifetime
        and coalesce(
            abs(published.stddev_of_lifetime - computed.stddev_of_lifetime)
            > 1e-12 * greatest(abs(published.stddev_of_lifetime), abs(computed.stddev_of_lifetime)),
            true
        )
    )
    then 'changed'
