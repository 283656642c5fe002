-- base_events_this_run
{{ signals_value(
    columns, 'text',
    column='unstruct_event_com_acme_transaction_1',
    typed='to_jsonb(unstruct_event_com_acme_transaction_1) -> \x27paid_at\x27',
    path=['paid_at'],
    json='unstruct_event_com_acme_transaction_1 -> \x27paidAt\x27'
) }} as transaction_paid_at

-- daily_aggregates
(
    array_agg(page_urlpath order by event_tstamp desc, event_id desc) filter(
        where page_urlpath is not null
    )
)[1] as last_page_urlpath
(
    array_agg(event_id order by event_tstamp desc, event_id desc) filter(
        where page_urlpath is not null
    )
)[1] as last_page_urlpath_event_id
(
    array_agg(transaction_paid_at order by event_tstamp desc, event_id desc) filter(
        where is_transaction and transaction_paid_at is not null
    )
)[1] as last_transaction_paid_at
(
    array_agg(event_id order by event_tstamp desc, event_id desc) filter(
        where is_transaction and transaction_paid_at is not null
    )
)[1] as last_transaction_paid_at_event_id

-- attributes_this_run
(
    array_agg(
        last_page_urlpath order by last_page_urlpath_tstamp desc, last_page_urlpath_event_id desc
    ) filter(
        where in_last_7_days and last_page_urlpath is not null
    )
)[1] as last_page_urlpath_last_7_days
(
    array_agg(
        last_transaction_paid_at
        order by last_transaction_paid_at_tstamp desc, last_transaction_paid_at_event_id desc
    ) filter(
        where last_transaction_paid_at is not null
    )
)[1] as last_transaction_paid_at
case
    when (
        merged.last_transaction_paid_at ~ '^(?!0000)[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]+)?)?(Z|[+-]([01][0-9]|2[0-3])(:?[0-5][0-9])?)?)?$'
        and jsonb_path_exists(
            to_jsonb(left(merged.last_transaction_paid_at, 10)),
            '$.datetime("YYYY-MM-DD")',
            silent => true
        )
    )
        then case
            when merged.last_transaction_paid_at ~ '^.{11}.*([+-])([0-9]{2}):?([0-9]{2})?$'
                then (
                    select
                        case
                            when moment
                            between cast('0001-01-01 00:00:00' as timestamp) and cast('9999-12-31 23:59:59.999999' as timestamp)
                                then moment
                        end
                    from (
                        select
                            cast(regexp_substr(merged.last_transaction_paid_at, '^.{10}(?:[T ][0-9:]{5,8}(?:[.][0-9]{1,6})?)?') as timestamp) - cast(regexp_replace(merged.last_transaction_paid_at, '^.{11}.*([+-])([0-9]{2}):?([0-9]{2})?$', '\1\2 hours \10\3 minutes') as interval) as moment
                    ) as computed
                )
            else cast(
                regexp_substr(merged.last_transaction_paid_at, '^.{10}(?:[T ][0-9:]{5,8}(?:[.][0-9]{1,6})?)?')
                as timestamp
            )
        end
end as last_of_lifetime
