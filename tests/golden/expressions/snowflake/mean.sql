-- daily_aggregates
sum(
    case
        when abs(transaction_order_total_as_number) >= 1e290 then to_double('inf')
        else transaction_order_total_as_number
    end
) as mean_transaction_order_total_as_number_total
sum(
    case
        when is_transaction
            then case
                when abs(transaction_order_total_as_number) >= 1e290 then to_double('inf')
                else transaction_order_total_as_number
            end
    end
) as mean_transaction_order_total_as_number_2_total
count(case when is_transaction then transaction_order_total_as_number end) as mean_transaction_order_total_as_number_2_count

-- attributes_this_run
sum(case when in_last_7_days then mean_transaction_order_total_as_number_total end) as mean_transaction_order_total_as_number_last_7_days_total
sum(case when in_last_7_days then mean_transaction_order_total_as_number_count end) as mean_transaction_order_total_as_number_last_7_days_count
case
    when abs(merged.mean_transaction_order_total_as_number_last_7_days_total / nullif(merged.mean_transaction_order_total_as_number_last_7_days_count, 0)) < to_double('inf')
        then merged.mean_transaction_order_total_as_number_last_7_days_total
        / nullif(merged.mean_transaction_order_total_as_number_last_7_days_count, 0)
end as mean_last_7_days
case
    when abs(merged.mean_transaction_order_total_as_number_2_total / nullif(merged.mean_transaction_order_total_as_number_2_count, 0)) <= 7.006492321624085e-46
        then 0e0
    when abs(merged.mean_transaction_order_total_as_number_2_total / nullif(merged.mean_transaction_order_total_as_number_2_count, 0)) < 3.4028235677973366e38
        then merged.mean_transaction_order_total_as_number_2_total
        / nullif(merged.mean_transaction_order_total_as_number_2_count, 0)
end as mean_of_lifetime
when
    published.signals_copies > 1
    or (
        published.mean_last_7_days is distinct from computed.mean_last_7_days
        and coalesce(
            abs(published.mean_last_7_days / nullif(greatest(abs(published.mean_last_7_days), abs(computed.mean_last_7_days)), 0) - computed.mean_last_7_days / nullif(greatest(abs(published.mean_last_7_days), abs(computed.mean_last_7_days)), 0))
            > 1e-12,
            true
        )
    )
    or (
        published.mean_of_lifetime is distinct from computed.mean_of_lifetime
        and coalesce(
            abs(published.mean_of_lifetime / nullif(greatest(abs(published.mean_of_lifetime), abs(computed.mean_of_lifetime)), 0) - computed.mean_of_lifetime / nullif(greatest(abs(published.mean_of_lifetime), abs(computed.mean_of_lifetime)), 0))
            > 1e-12,
            true
        )
    )
    then 'changed'
