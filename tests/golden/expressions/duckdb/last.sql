-- base_events_this_run
{{ signals_value(
    columns, 'text',
    column='unstruct_event_com_acme_transaction_1',
    typed='unstruct_event_com_acme_transaction_1.paid_at',
    path=['paid_at'],
    json='json_extract(unstruct_event_com_acme_transaction_1, \x27$."paidAt"\x27)'
) }} as transaction_paid_at

-- daily_aggregates
arg_max(page_urlpath, (event_tstamp, event_id)) filter(where page_urlpath is not null) as last_page_urlpath
max(event_tstamp) filter(where page_urlpath is not null) as last_page_urlpath_tstamp
arg_max(event_id, (event_tstamp, event_id)) filter(where page_urlpath is not null) as last_page_urlpath_event_id
arg_max(transaction_paid_at, (event_tstamp, event_id)) filter(
    where is_transaction and transaction_paid_at is not null
) as last_transaction_paid_at
max(event_tstamp) filter(where is_transaction and transaction_paid_at is not null) as last_transaction_paid_at_tstamp
arg_max(event_id, (event_tstamp, event_id)) filter(
    where is_transaction and transaction_paid_at is not null
) as last_transaction_paid_at_event_id

-- attributes_this_run
'domain_userid', 'last_last_7_days', 'last_of_lifetime', 'updated_at'
arg_max(last_page_urlpath, (last_page_urlpath_tstamp, last_page_urlpath_event_id)) filter(
    where in_last_7_days and last_page_urlpath is not null
) as last_page_urlpath_last_7_days
arg_max(
    last_transaction_paid_at,
    (last_transaction_paid_at_tstamp, last_transaction_paid_at_event_id)
) filter(
    where last_transaction_paid_at is not null
) as last_transaction_paid_at
case
    when regexp_full_match(
        merged.last_transaction_paid_at,
        '\d{4}-\d{2}-\d{2}([T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?)?'
    )
        then case
            when try_cast(merged.last_transaction_paid_at as timestamp)
            between cast('0001-01-01 00:00:00' as timestamp) and cast('9999-12-31 23:59:59.999999' as timestamp)
                then try_cast(merged.last_transaction_paid_at as timestamp)
        end
    when regexp_full_match(
        merged.last_transaction_paid_at,
        '\d{4}-\d{2}-\d{2}[T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?(Z|[+-]([01]\d|2[0-3])(:?[0-5]\d)?)'
    )
        then case
            when try_cast(merged.last_transaction_paid_at as timestamptz) at time zone 'UTC'
            between cast('0001-01-01 00:00:00' as timestamp) and cast('9999-12-31 23:59:59.999999' as timestamp)
                then try_cast(merged.last_transaction_paid_at as timestamptz) at time zone 'UTC'
        end
end as last_of_lifetime
when
    published.signals_copies > 1
    or published.last_last_7_days is distinct from computed.last_last_7_days
    or published.last_of_lifetime is distinct from computed.last_of_lifetime
    then 'changed'
