-- attributes_this_run
case
    when abs(cast(cast(merged.count_transaction_of_rate_of_lifetime as double) / nullif(cast(merged.count_transaction as double), 0) as float)) < double('infinity')
        then cast(
            cast(merged.count_transaction_of_rate_of_lifetime as double)
            / nullif(cast(merged.count_transaction as double), 0)
            as float
        )
end as rate_of_lifetime
