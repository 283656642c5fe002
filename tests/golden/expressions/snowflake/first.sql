-- daily_aggregates
min_by(
    page_urlpath,
    case
        when page_urlpath is not null then to_char(event_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || event_id
    end
) as first_page_urlpath
min(case when page_urlpath is not null then event_tstamp end) as first_page_urlpath_tstamp
min_by(
    event_id,
    case
        when page_urlpath is not null then to_char(event_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || event_id
    end
) as first_page_urlpath_event_id
min_by(
    transaction_coupon,
    case
        when is_transaction and transaction_coupon is not null
            then to_char(event_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || event_id
    end
) as first_transaction_coupon
min(case when is_transaction and transaction_coupon is not null then event_tstamp end) as first_transaction_coupon_tstamp
min_by(
    event_id,
    case
        when is_transaction and transaction_coupon is not null
            then to_char(event_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || event_id
    end
) as first_transaction_coupon_event_id

-- attributes_this_run
min_by(
    first_page_urlpath,
    case
        when in_last_7_days and first_page_urlpath is not null
            then to_char(first_page_urlpath_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || first_page_urlpath_event_id
    end
) as first_page_urlpath_last_7_days
min_by(
    first_transaction_coupon,
    case
        when first_transaction_coupon is not null
            then to_char(first_transaction_coupon_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || first_transaction_coupon_event_id
    end
) as first_transaction_coupon
case
    when regexp_like(merged.first_transaction_coupon, '[+-]?0*[0-9]{1,19}')
        then case
            when (
                try_to_number(merged.first_transaction_coupon, 38, 0) >= -9223372036854775808
                and try_to_number(merged.first_transaction_coupon, 38, 0) < 9223372036854775808
            )
                then cast(try_to_number(merged.first_transaction_coupon, 38, 0) as number(19, 0))
        end
    when (
        regexp_like(
            merged.first_transaction_coupon,
            '[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?'
        )
        and try_to_double(merged.first_transaction_coupon)
        = floor(try_to_double(merged.first_transaction_coupon))
        and (
            try_to_double(merged.first_transaction_coupon) >= -9223372036854775808
            and try_to_double(merged.first_transaction_coupon) < 9223372036854775808
        )
    )
        then cast(try_to_double(merged.first_transaction_coupon) as number(19, 0))
end as first_of_lifetime
