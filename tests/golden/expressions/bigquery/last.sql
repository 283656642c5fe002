-- base_events_this_run
{{ signals_value(
    columns, 'text',
    column='unstruct_event_com_acme_transaction_1',
    typed='unstruct_event_com_acme_transaction_1.paid_at',
    path=['paid_at'],
    json='unstruct_event_com_acme_transaction_1[\x27paidAt\x27]'
) }} as transaction_paid_at

-- daily_aggregates
array_agg(if(page_urlpath is not null, page_urlpath, null) ignore nulls order by event_tstamp desc, event_id desc limit 1)[safe_offset(0)] as last_page_urlpath
max(if(page_urlpath is not null, event_tstamp, null)) as last_page_urlpath_tstamp
array_agg(if(page_urlpath is not null, event_id, null) ignore nulls order by event_tstamp desc, event_id desc limit 1)[safe_offset(0)] as last_page_urlpath_event_id
array_agg(if(is_transaction and transaction_paid_at is not null, transaction_paid_at, null) ignore nulls order by event_tstamp desc, event_id desc limit 1)[safe_offset(0)] as last_transaction_paid_at
max(if(is_transaction and transaction_paid_at is not null, event_tstamp, null)) as last_transaction_paid_at_tstamp
array_agg(if(is_transaction and transaction_paid_at is not null, event_id, null) ignore nulls order by event_tstamp desc, event_id desc limit 1)[safe_offset(0)] as last_transaction_paid_at_event_id

-- attributes_this_run
array_agg(if(in_last_7_days and last_page_urlpath is not null, last_page_urlpath, null) ignore nulls order by last_page_urlpath_tstamp desc, last_page_urlpath_event_id desc limit 1)[safe_offset(0)] as last_page_urlpath_last_7_days
array_agg(if(last_transaction_paid_at is not null, last_transaction_paid_at, null) ignore nulls order by last_transaction_paid_at_tstamp desc, last_transaction_paid_at_event_id desc limit 1)[safe_offset(0)] as last_transaction_paid_at
if(
    regexp_contains(
        merged.last_transaction_paid_at,
        '^(?:\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])([T ]([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d(\\.\\d+)?)?(Z|[+-]([01]\\d|2[0-3])(:?[0-5]\\d)?)?)?)\\z'
    ),
    safe.datetime_sub(
        safe.datetime_sub(
            safe_cast(
                regexp_replace(
                    regexp_extract(merged.last_transaction_paid_at, '^.{10}(?:[T ][0-9:]{5,8}(?:[.][0-9]{1,6})?)?'),
                    '^(.{16})\\z',
                    '\\1:00'
                )
                as datetime
            ),
            interval (div(coalesce(safe_cast(rpad(replace(regexp_extract(merged.last_transaction_paid_at, '^.{11}.*([+-][0-9]{2}:?(?:[0-9]{2})?)\\z'), ':', ''), 5, '0') as int64), 0), 100)) hour
        ),
        interval (mod(coalesce(safe_cast(rpad(replace(regexp_extract(merged.last_transaction_paid_at, '^.{11}.*([+-][0-9]{2}:?(?:[0-9]{2})?)\\z'), ':', ''), 5, '0') as int64), 0), 100)) minute
    ),
    null
) as last_of_lifetime
