-- base_events_this_run
{{ signals_value(
    columns, 'text',
    column='unstruct_event_com_acme_transaction_1',
    typed='unstruct_event_com_acme_transaction_1.paid_at',
    path=['paid_at'],
    json='get_json_object(unstruct_event_com_acme_transaction_1, \x27$.paidAt\x27)'
) }} as transaction_paid_at

-- daily_aggregates
max_by(page_urlpath, struct(event_tstamp, event_id)) filter(where page_urlpath is not null) as last_page_urlpath
max_by(event_id, struct(event_tstamp, event_id)) filter(where page_urlpath is not null) as last_page_urlpath_event_id
max_by(transaction_paid_at, struct(event_tstamp, event_id)) filter(
    where is_transaction and transaction_paid_at is not null
) as last_transaction_paid_at
max_by(event_id, struct(event_tstamp, event_id)) filter(
    where is_transaction and transaction_paid_at is not null
) as last_transaction_paid_at_event_id

-- attributes_this_run
max_by(last_page_urlpath, struct(last_page_urlpath_tstamp, last_page_urlpath_event_id)) filter(
    where in_last_7_days and last_page_urlpath is not null
) as last_page_urlpath_last_7_days
max_by(
    last_transaction_paid_at,
    struct(last_transaction_paid_at_tstamp, last_transaction_paid_at_event_id)
) filter(
    where last_transaction_paid_at is not null
) as last_transaction_paid_at
case
    when regexp_like(merged.last_transaction_paid_at, '^(?:\\d{4}-\\d{2}-\\d{2}([T ]([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d(\\.\\d+)?)?)?)\\z')
        then case
            when try_cast(merged.last_transaction_paid_at as timestamp_ntz)
            between cast('0001-01-01 00:00:00' as timestamp_ntz) and cast('9999-12-31 23:59:59.999999' as timestamp_ntz)
                then try_cast(merged.last_transaction_paid_at as timestamp_ntz)
        end
    when regexp_like(merged.last_transaction_paid_at, '^(?:\\d{4}-\\d{2}-\\d{2}[T ]([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d(\\.\\d+)?)?(Z|[+-]([01]\\d|2[0-3])(:?[0-5]\\d)?))\\z')
        then case
            when try_cast(regexp_extract(merged.last_transaction_paid_at, '^(.{10}[T ][0-9:]{5,8}(?:[.][0-9]+)?)', 1) as timestamp_ntz) - (make_dt_interval(0, coalesce(try_cast(regexp_extract(merged.last_transaction_paid_at, '([+-])([0-9]{2}):?([0-9]{2})?$', 2) as int), 0), coalesce(try_cast(regexp_extract(merged.last_transaction_paid_at, '([+-])([0-9]{2}):?([0-9]{2})?$', 3) as int), 0)) * case when regexp_extract(merged.last_transaction_paid_at, '([+-])([0-9]{2}):?([0-9]{2})?$', 1) = '-' then -1 else 1 end)
            between cast('0001-01-01 00:00:00' as timestamp_ntz) and cast('9999-12-31 23:59:59.999999' as timestamp_ntz)
                then try_cast(regexp_extract(merged.last_transaction_paid_at, '^(.{10}[T ][0-9:]{5,8}(?:[.][0-9]+)?)', 1) as timestamp_ntz) - (make_dt_interval(0, coalesce(try_cast(regexp_extract(merged.last_transaction_paid_at, '([+-])([0-9]{2}):?([0-9]{2})?$', 2) as int), 0), coalesce(try_cast(regexp_extract(merged.last_transaction_paid_at, '([+-])([0-9]{2}):?([0-9]{2})?$', 3) as int), 0)) * case when regexp_extract(merged.last_transaction_paid_at, '([+-])([0-9]{2}):?([0-9]{2})?$', 1) = '-' then -1 else 1 end)
        end
end as last_of_lifetime
