-- daily_aggregates
min_by(page_urlpath, struct(event_tstamp, event_id)) filter(where page_urlpath is not null) as first_page_urlpath
min_by(event_id, struct(event_tstamp, event_id)) filter(where page_urlpath is not null) as first_page_urlpath_event_id
min_by(transaction_coupon, struct(event_tstamp, event_id)) filter(
    where is_transaction and transaction_coupon is not null
) as first_transaction_coupon
min_by(event_id, struct(event_tstamp, event_id)) filter(
    where is_transaction and transaction_coupon is not null
) as first_transaction_coupon_event_id

-- attributes_this_run
min_by(first_page_urlpath, struct(first_page_urlpath_tstamp, first_page_urlpath_event_id)) filter(
    where in_last_7_days and first_page_urlpath is not null
) as first_page_urlpath_last_7_days
min_by(
    first_transaction_coupon,
    struct(first_transaction_coupon_tstamp, first_transaction_coupon_event_id)
) filter(
    where first_transaction_coupon is not null
) as first_transaction_coupon
case
    when regexp_like(merged.first_transaction_coupon, '^(?:[+-]?\\d+)\\z')
        then try_cast(merged.first_transaction_coupon as bigint)
    when regexp_like(merged.first_transaction_coupon, '^(?:[+-]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d+)?)\\z')
        then case
            when (
                (try_cast(merged.first_transaction_coupon as double) % 1) = 0
                and try_cast(merged.first_transaction_coupon as double) >= -9223372036854775808e0
                and try_cast(merged.first_transaction_coupon as double) < 9223372036854775808e0
            )
                then cast(try_cast(merged.first_transaction_coupon as double) as bigint)
        end
end as first_of_lifetime
