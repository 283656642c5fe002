-- daily_values
case
    when regexp_like(transaction_coupon, '[+-]?0*[0-9]{1,19}')
        then case
            when (
                try_to_number(transaction_coupon, 38, 0) >= -9223372036854775808
                and try_to_number(transaction_coupon, 38, 0) < 9223372036854775808
            )
                then cast(try_to_number(transaction_coupon, 38, 0) as number(19, 0))
        end
    when (
        regexp_like(transaction_coupon, '[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?')
        and try_to_double(transaction_coupon) = floor(try_to_double(transaction_coupon))
        and (
            try_to_double(transaction_coupon) >= -9223372036854775808
            and try_to_double(transaction_coupon) < 9223372036854775808
        )
    )
        then cast(try_to_double(transaction_coupon) as number(19, 0))
end as fitting

-- attributes_this_run
coalesce(
    array_agg(case when fitting is not null and place <= 5 then fitting end) within group (order by last_tstamp asc, last_event_id asc),
    array_construct()
) as collected
coalesce(first_n_last_7_days_collected.collected, array_construct()) as first_n_last_7_days
coalesce(first_n_of_lifetime_collected.collected, array_construct()) as first_n_of_lifetime
when
    published.signals_copies > 1
    or to_json(published.first_n_last_7_days) is distinct from to_json(computed.first_n_last_7_days)
    or to_json(published.first_n_of_lifetime) is distinct from to_json(computed.first_n_of_lifetime)
    then 'changed'
