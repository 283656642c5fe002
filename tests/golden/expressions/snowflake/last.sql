-- base_events_this_run
{{ signals_value(
    columns, 'text',
    column='unstruct_event_com_acme_transaction_1',
    typed='unstruct_event_com_acme_transaction_1[\x27paidAt\x27]',
    path=['paidAt'],
    json='unstruct_event_com_acme_transaction_1[\x27paidAt\x27]'
) }} as transaction_paid_at

-- daily_aggregates
max_by(
    page_urlpath,
    case
        when page_urlpath is not null then to_char(event_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || event_id
    end
) as last_page_urlpath
max(case when page_urlpath is not null then event_tstamp end) as last_page_urlpath_tstamp
max_by(
    event_id,
    case
        when page_urlpath is not null then to_char(event_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || event_id
    end
) as last_page_urlpath_event_id
max_by(
    transaction_paid_at,
    case
        when is_transaction and transaction_paid_at is not null
            then to_char(event_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || event_id
    end
) as last_transaction_paid_at
max(case when is_transaction and transaction_paid_at is not null then event_tstamp end) as last_transaction_paid_at_tstamp
max_by(
    event_id,
    case
        when is_transaction and transaction_paid_at is not null
            then to_char(event_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || event_id
    end
) as last_transaction_paid_at_event_id

-- attributes_this_run
max_by(
    last_page_urlpath,
    case
        when in_last_7_days and last_page_urlpath is not null
            then to_char(last_page_urlpath_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || last_page_urlpath_event_id
    end
) as last_page_urlpath_last_7_days
max_by(
    last_transaction_paid_at,
    case
        when last_transaction_paid_at is not null
            then to_char(last_transaction_paid_at_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || last_transaction_paid_at_event_id
    end
) as last_transaction_paid_at
case
    when (
        regexp_like(
            merged.last_transaction_paid_at,
            '[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?(Z|[+-]([01][0-9]|2[0-3])(:?[0-5][0-9])?)?)?'
        )
        and dateadd(
            'minute',
            (coalesce(try_to_number(regexp_substr(merged.last_transaction_paid_at, '([+-])([0-9]{2}):?([0-9]{2})?$', 12, 1, 'e', 2)), 0) * 60 + coalesce(try_to_number(regexp_substr(merged.last_transaction_paid_at, '([+-])([0-9]{2}):?([0-9]{2})?$', 12, 1, 'e', 3)), 0)) * case when regexp_substr(merged.last_transaction_paid_at, '([+-])([0-9]{2}):?([0-9]{2})?$', 12, 1, 'e', 1) = '-' then 1 else -1 end,
            try_to_timestamp_ntz(
                regexp_substr(merged.last_transaction_paid_at, '^.{10}([T ][0-9:]{5,8}([.][0-9]{1,6})?)?'),
                'AUTO'
            )
        )
        between cast('0001-01-01 00:00:00' as timestamp_ntz) and cast('9999-12-31 23:59:59.999999' as timestamp_ntz)
    )
        then dateadd(
            'minute',
            (coalesce(try_to_number(regexp_substr(merged.last_transaction_paid_at, '([+-])([0-9]{2}):?([0-9]{2})?$', 12, 1, 'e', 2)), 0) * 60 + coalesce(try_to_number(regexp_substr(merged.last_transaction_paid_at, '([+-])([0-9]{2}):?([0-9]{2})?$', 12, 1, 'e', 3)), 0)) * case when regexp_substr(merged.last_transaction_paid_at, '([+-])([0-9]{2}):?([0-9]{2})?$', 12, 1, 'e', 1) = '-' then 1 else -1 end,
            try_to_timestamp_ntz(
                regexp_substr(merged.last_transaction_paid_at, '^.{10}([T ][0-9:]{5,8}([.][0-9]{1,6})?)?'),
                'AUTO'
            )
        )
end as last_of_lifetime
