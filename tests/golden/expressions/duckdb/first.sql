-- base_events_this_run
{{ signals_value(columns, 'text', 'page_urlpath', 'page_urlpath') }} as page_urlpath

-- daily_aggregates
arg_min(page_urlpath, (event_tstamp, event_id)) filter(where page_urlpath is not null) as first_page_urlpath
min(event_tstamp) filter(where page_urlpath is not null) as first_page_urlpath_tstamp
arg_min(event_id, (event_tstamp, event_id)) filter(where page_urlpath is not null) as first_page_urlpath_event_id
arg_min(transaction_coupon, (event_tstamp, event_id)) filter(
    where is_transaction and transaction_coupon is not null
) as first_transaction_coupon
min(event_tstamp) filter(where is_transaction and transaction_coupon is not null) as first_transaction_coupon_tstamp
arg_min(event_id, (event_tstamp, event_id)) filter(
    where is_transaction and transaction_coupon is not null
) as first_transaction_coupon_event_id

-- attributes_this_run
'domain_userid', 'first_last_7_days', 'first_of_lifetime', 'updated_at'
arg_min(first_page_urlpath, (first_page_urlpath_tstamp, first_page_urlpath_event_id)) filter(
    where in_last_7_days and first_page_urlpath is not null
) as first_page_urlpath_last_7_days
arg_min(
    first_transaction_coupon,
    (first_transaction_coupon_tstamp, first_transaction_coupon_event_id)
) filter(
    where first_transaction_coupon is not null
) as first_transaction_coupon
case
    when regexp_full_match(merged.first_transaction_coupon, '[+-]?\d+')
        then try_cast(merged.first_transaction_coupon as bigint)
    when (
        regexp_full_match(merged.first_transaction_coupon, '[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?')
        and try_cast(merged.first_transaction_coupon as double)
        = trunc(try_cast(merged.first_transaction_coupon as double))
    )
        then try_cast(try_cast(merged.first_transaction_coupon as double) as bigint)
end as first_of_lifetime
when
    published.signals_copies > 1
    or published.first_last_7_days is distinct from computed.first_last_7_days
    or published.first_of_lifetime is distinct from computed.first_of_lifetime
    then 'changed'
