-- daily_values
case
    when regexp_like(transaction_coupon, '^(?:[+-]?\\d+)\\z') then try_cast(transaction_coupon as bigint)
    when regexp_like(transaction_coupon, '^(?:[+-]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d+)?)\\z')
        then case
            when (
                (try_cast(transaction_coupon as double) % 1) = 0
                and try_cast(transaction_coupon as double) >= -9223372036854775808e0
                and try_cast(transaction_coupon as double) < 9223372036854775808e0
            )
                then cast(try_cast(transaction_coupon as double) as bigint)
        end
end as fitting

-- attributes_this_run
coalesce(
    transform(
        array_sort(
            collect_list(named_struct('col1', last_tstamp, 'col2', last_event_id, 'col3', fitting)) filter(
                where fitting is not null and place <= 5
            )
        ),
        one -> one.col3
    ),
    cast(array() as array<string>)
) as collected
row_number() over (
    partition by domain_userid, fitting is null
    order by last_tstamp asc nulls last, last_event_id asc nulls last
) as place
coalesce(
    transform(
        array_sort(
            collect_list(named_struct('col1', last_tstamp, 'col2', last_event_id, 'col3', fitting)) filter(
                where fitting is not null and place <= 5
            )
        ),
        one -> one.col3
    ),
    cast(array() as array<bigint>)
) as collected
coalesce(first_n_last_7_days_collected.collected, cast(array() as array<string>)) as first_n_last_7_days
coalesce(first_n_of_lifetime_collected.collected, cast(array() as array<bigint>)) as first_n_of_lifetime
