-- daily_aggregates
array_agg(if(page_urlpath is not null, page_urlpath, null) ignore nulls order by event_tstamp, event_id limit 1)[safe_offset(0)] as first_page_urlpath
min(if(page_urlpath is not null, event_tstamp, null)) as first_page_urlpath_tstamp
array_agg(if(page_urlpath is not null, event_id, null) ignore nulls order by event_tstamp, event_id limit 1)[safe_offset(0)] as first_page_urlpath_event_id
array_agg(if(is_transaction and transaction_coupon is not null, transaction_coupon, null) ignore nulls order by event_tstamp, event_id limit 1)[safe_offset(0)] as first_transaction_coupon
min(if(is_transaction and transaction_coupon is not null, event_tstamp, null)) as first_transaction_coupon_tstamp
array_agg(if(is_transaction and transaction_coupon is not null, event_id, null) ignore nulls order by event_tstamp, event_id limit 1)[safe_offset(0)] as first_transaction_coupon_event_id

-- attributes_this_run
array_agg(if(in_last_7_days and first_page_urlpath is not null, first_page_urlpath, null) ignore nulls order by first_page_urlpath_tstamp, first_page_urlpath_event_id limit 1)[safe_offset(0)] as first_page_urlpath_last_7_days
array_agg(if(first_transaction_coupon is not null, first_transaction_coupon, null) ignore nulls order by first_transaction_coupon_tstamp, first_transaction_coupon_event_id limit 1)[safe_offset(0)] as first_transaction_coupon
case
    when regexp_contains(merged.first_transaction_coupon, '^(?:[+-]?\\d+)\\z')
        then safe_cast(merged.first_transaction_coupon as int64)
    when regexp_contains(
        merged.first_transaction_coupon,
        '^(?:[+-]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d+)?)\\z'
    )
        then if(
            safe_cast(merged.first_transaction_coupon as float64)
            = trunc(safe_cast(merged.first_transaction_coupon as float64))
            and safe_cast(merged.first_transaction_coupon as float64) >= -9223372036854775808e0
            and safe_cast(merged.first_transaction_coupon as float64) < 9223372036854775808e0,
            safe_cast(safe_cast(merged.first_transaction_coupon as float64) as int64),
            null
        )
end as first_of_lifetime
