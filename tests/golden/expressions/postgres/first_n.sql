-- daily_values
case
    when transaction_coupon ~ '^[+-]?0*[0-9]{1,19}$'
        then (
            select
                case
                    when number >= -9223372036854775808 and number < 9223372036854775808 then cast(number as bigint)
                end
            from (select cast(transaction_coupon as decimal) as number) as computed
        )
    else (
        select
            case
                when number = trunc(number) and number >= -9223372036854775808 and number < 9223372036854775808
                    then cast(number as bigint)
            end
        from (
            select
                case
                    when transaction_coupon ~ '^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$'
                        then case
                            when jsonb_path_exists(to_jsonb(transaction_coupon), '$.double()', silent => true)
                                then cast(transaction_coupon as double precision)
                            when transaction_coupon ~ '[eE]-|[.]0{250}' then 0
                        end
                end as number
        ) as computed
    )
end as fitting

-- attributes_this_run
coalesce(
    array_agg(fitting order by last_tstamp asc, last_event_id asc) filter(
        where fitting is not null and place <= 5
    ),
    cast(array[] as text[])
) as collected
coalesce(
    array_agg(fitting order by last_tstamp asc, last_event_id asc) filter(
        where fitting is not null and place <= 5
    ),
    cast(array[] as bigint[])
) as collected
coalesce(first_n_last_7_days_collected.collected, cast(array[] as text[])) as first_n_last_7_days
coalesce(first_n_of_lifetime_collected.collected, cast(array[] as bigint[])) as first_n_of_lifetime
