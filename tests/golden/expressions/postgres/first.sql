-- daily_aggregates
(array_agg(page_urlpath order by event_tstamp, event_id) filter(where page_urlpath is not null))[1] as first_page_urlpath
(array_agg(event_id order by event_tstamp, event_id) filter(where page_urlpath is not null))[1] as first_page_urlpath_event_id
(
    array_agg(transaction_coupon order by event_tstamp, event_id) filter(
        where is_transaction and transaction_coupon is not null
    )
)[1] as first_transaction_coupon
(
    array_agg(event_id order by event_tstamp, event_id) filter(
        where is_transaction and transaction_coupon is not null
    )
)[1] as first_transaction_coupon_event_id

-- attributes_this_run
(
    array_agg(first_page_urlpath order by first_page_urlpath_tstamp, first_page_urlpath_event_id) filter(
        where in_last_7_days and first_page_urlpath is not null
    )
)[1] as first_page_urlpath_last_7_days
(
    array_agg(
        first_transaction_coupon
        order by first_transaction_coupon_tstamp, first_transaction_coupon_event_id
    ) filter(
        where first_transaction_coupon is not null
    )
)[1] as first_transaction_coupon
case
    when merged.first_transaction_coupon ~ '^[+-]?0*[0-9]{1,19}$'
        then (
            select
                case
                    when number >= -9223372036854775808 and number < 9223372036854775808 then cast(number as bigint)
                end
            from (select cast(merged.first_transaction_coupon as decimal) as number) as computed
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
                    when merged.first_transaction_coupon ~ '^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$'
                        then case
                            when jsonb_path_exists(to_jsonb(merged.first_transaction_coupon), '$.double()', silent => true)
                                then cast(merged.first_transaction_coupon as double precision)
                            when merged.first_transaction_coupon ~ '[eE]-|[.]0{250}' then 0
                        end
                end as number
        ) as computed
    )
end as first_of_lifetime
