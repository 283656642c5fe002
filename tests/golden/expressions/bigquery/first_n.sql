-- daily_values
case
    when regexp_contains(transaction_coupon, '^(?:[+-]?\\d+)\\z') then safe_cast(transaction_coupon as int64)
    when regexp_contains(transaction_coupon, '^(?:[+-]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d+)?)\\z')
        then if(
            safe_cast(transaction_coupon as float64) = trunc(safe_cast(transaction_coupon as float64))
            and safe_cast(transaction_coupon as float64) >= -9223372036854775808e0
            and safe_cast(transaction_coupon as float64) < 9223372036854775808e0,
            safe_cast(safe_cast(transaction_coupon as float64) as int64),
            null
        )
end as fitting

-- attributes_this_run
coalesce(
    array_agg(if(fitting is not null and place <= 5, fitting, null) ignore nulls order by last_tstamp asc, last_event_id asc),
    array<string>[]
) as collected
row_number() over (
    partition by domain_userid, fitting is null
    order by last_tstamp asc nulls last, last_event_id asc nulls last
) as place
coalesce(
    array_agg(if(fitting is not null and place <= 5, fitting, null) ignore nulls order by last_tstamp asc, last_event_id asc),
    array<int64>[]
) as collected
coalesce(first_n_last_7_days_collected.collected, array<string>[]) as first_n_last_7_days
coalesce(first_n_of_lifetime_collected.collected, array<int64>[]) as first_n_of_lifetime
when
    published.signals_copies > 1
    or to_json_string(published.first_n_last_7_days) is distinct from to_json_string(computed.first_n_last_7_days)
    or to_json_string(published.first_n_of_lifetime) is distinct from to_json_string(computed.first_n_of_lifetime)
    then 'changed'
