-- attributes_this_run
'domain_userid', 'variance_last_7_days', 'variance_of_lifetime', 'updated_at'
case
    when merged.spread_transaction_order_total_as_number_last_7_days_squares is not null
        then greatest(
            merged.spread_transaction_order_total_as_number_last_7_days_squares
            / nullif(merged.spread_transaction_order_total_as_number_last_7_days_count, 0)
            - power(
                merged.spread_transaction_order_total_as_number_last_7_days_above
                / nullif(merged.spread_transaction_order_total_as_number_last_7_days_count, 0),
                2
            ),
            0
        )
end as variance_last_7_days
case
    when merged.spread_transaction_order_total_as_number_2_squares is not null
        then greatest(
            merged.spread_transaction_order_total_as_number_2_squares
            / nullif(merged.spread_transaction_order_total_as_number_2_count, 0)
            - power(
                merged.spread_transaction_order_total_as_number_2_above
                / nullif(merged.spread_transaction_order_total_as_number_2_count, 0),
                2
            ),
            0
        )
end as variance_of_lifetime
when
    published.signals_copies > 1
    or (
        published.variance_last_7_days is distinct from computed.variance_last_7_days
        and coalesce(
            abs(published.variance_last_7_days - computed.variance_last_7_days)
            > 1e-12 * greatest(abs(published.variance_last_7_days), abs(computed.variance_last_7_days)),
            true
        )
    )
    or (
        published.variance_of_lifetime is distinct from computed.variance_of_lifetime
        and coalesce(
            abs(published.variance_of_lifetime - computed.variance_of_lifetime)
            > 1e-12 * greatest(abs(published.variance_of_lifetime), abs(computed.variance_of_lifetime)),
            true
        )
    )
    then 'changed'
