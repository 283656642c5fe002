-- daily_aggregates
sum(transaction_order_total_as_number) as mean_transaction_order_total_as_number_total
count(transaction_order_total_as_number) as mean_transaction_order_total_as_number_count
sum(transaction_order_total_as_number) filter(where is_transaction) as mean_transaction_order_total_as_number_2_total
count(transaction_order_total_as_number) filter(where is_transaction) as mean_transaction_order_total_as_number_2_count

-- attributes_this_run
'domain_userid', 'mean_last_7_days', 'mean_of_lifetime', 'updated_at'
sum(mean_transaction_order_total_as_number_total) filter(where in_last_7_days) as mean_transaction_order_total_as_number_last_7_days_total
sum(mean_transaction_order_total_as_number_count) filter(where in_last_7_days) as mean_transaction_order_total_as_number_last_7_days_count
sum(mean_transaction_order_total_as_number_2_total) as mean_transaction_order_total_as_number_2_total
sum(mean_transaction_order_total_as_number_2_count) as mean_transaction_order_total_as_number_2_count
case
    when isfinite(
        try_cast(
            merged.mean_transaction_order_total_as_number_last_7_days_total
            / nullif(merged.mean_transaction_order_total_as_number_last_7_days_count, 0)
            as double
        )
    )
        then try_cast(
            merged.mean_transaction_order_total_as_number_last_7_days_total
            / nullif(merged.mean_transaction_order_total_as_number_last_7_days_count, 0)
            as double
        )
end as mean_last_7_days
case
    when isfinite(
        try_cast(
            merged.mean_transaction_order_total_as_number_2_total
            / nullif(merged.mean_transaction_order_total_as_number_2_count, 0)
            as real
        )
    )
        then try_cast(
            merged.mean_transaction_order_total_as_number_2_total
            / nullif(merged.mean_transaction_order_total_as_number_2_count, 0)
            as real
        )
end as mean_of_lifetime
when
    published.signals_copies > 1
    or (
        published.mean_last_7_days is distinct from computed.mean_last_7_days
        and coalesce(
            abs(published.mean_last_7_days - computed.mean_last_7_days)
            > 1e-12 * greatest(abs(published.mean_last_7_days), abs(computed.mean_last_7_days)),
            true
        )
    )
    or (
        published.mean_of_lifetime is distinct from computed.mean_of_lifetime
        and coalesce(
            abs(published.mean_of_lifetime - computed.mean_of_lifetime)
            > 1e-12 * greatest(abs(published.mean_of_lifetime), abs(computed.mean_of_lifetime)),
            true
        )
    )
    then 'changed'
