-- base_events_this_run
cast(extract(hour from
    {{ signals_value(
        columns, 'time',
        column='unstruct_event_com_acme_transaction_1',
        typed='to_jsonb(unstruct_event_com_acme_transaction_1) -> \x27paid_at\x27',
        path=['paid_at'],
        json='unstruct_event_com_acme_transaction_1 -> \x27paidAt\x27'
    ) }}
) as text) collate "C" as transaction_paid_at_hour_of_day
cast(extract(isodow from
    {{ signals_value(
        columns, 'time',
        column='unstruct_event_com_acme_transaction_1',
        typed='to_jsonb(unstruct_event_com_acme_transaction_1) -> \x27paid_at\x27',
        path=['paid_at'],
        json='unstruct_event_com_acme_transaction_1 -> \x27paidAt\x27'
    ) }}
) as text) collate "C" as transaction_paid_at_day_of_week
cast(extract(month from
    {{ signals_value(
        columns, 'time',
        column='unstruct_event_com_acme_transaction_1',
        typed='to_jsonb(unstruct_event_com_acme_transaction_1) -> \x27paid_at\x27',
        path=['paid_at'],
        json='unstruct_event_com_acme_transaction_1 -> \x27paidAt\x27'
    ) }}
) as text) collate "C" as transaction_paid_at_month_of_year
to_char(date_trunc('day',
    {{ signals_value(
        columns, 'time',
        column='unstruct_event_com_acme_transaction_1',
        typed='to_jsonb(unstruct_event_com_acme_transaction_1) -> \x27paid_at\x27',
        path=['paid_at'],
        json='unstruct_event_com_acme_transaction_1 -> \x27paidAt\x27'
    ) }}
), 'YYYY-MM-DD') collate "C" as transaction_paid_at_active_day
to_char(date_trunc('week',
    {{ signals_value(
        columns, 'time',
        column='unstruct_event_com_acme_transaction_1',
        typed='to_jsonb(unstruct_event_com_acme_transaction_1) -> \x27paid_at\x27',
        path=['paid_at'],
        json='unstruct_event_com_acme_transaction_1 -> \x27paidAt\x27'
    ) }}
), 'YYYY-MM-DD') collate "C" as transaction_paid_at_active_week
to_char(date_trunc('month',
    {{ signals_value(
        columns, 'time',
        column='unstruct_event_com_acme_transaction_1',
        typed='to_jsonb(unstruct_event_com_acme_transaction_1) -> \x27paid_at\x27',
        path=['paid_at'],
        json='unstruct_event_com_acme_transaction_1 -> \x27paidAt\x27'
    ) }}
), 'YYYY-MM-DD') collate "C" as transaction_paid_at_active_month
cast(extract(hour from
    {{ signals_value(columns, 'time', 'derived_tstamp', 'derived_tstamp') }}
) as double precision) as derived_tstamp_hour_of_day_as_number

-- daily_aggregates
(
    array_agg(transaction_paid_at_hour_of_day order by event_tstamp desc, event_id desc) filter(
        where transaction_paid_at_hour_of_day is not null
    )
)[1] as last_transaction_paid_at_hour_of_day
(
    array_agg(event_id order by event_tstamp desc, event_id desc) filter(
        where transaction_paid_at_hour_of_day is not null
    )
)[1] as last_transaction_paid_at_hour_of_day_event_id
(
    array_agg(transaction_paid_at_day_of_week order by event_tstamp desc, event_id desc) filter(
        where transaction_paid_at_day_of_week is not null
    )
)[1] as last_transaction_paid_at_day_of_week
(
    array_agg(event_id order by event_tstamp desc, event_id desc) filter(
        where transaction_paid_at_day_of_week is not null
    )
)[1] as last_transaction_paid_at_day_of_week_event_id
(
    array_agg(transaction_paid_at_month_of_year order by event_tstamp desc, event_id desc) filter(
        where transaction_paid_at_month_of_year is not null
    )
)[1] as last_transaction_paid_at_month_of_year
(
    array_agg(event_id order by event_tstamp desc, event_id desc) filter(
        where transaction_paid_at_month_of_year is not null
    )
)[1] as last_transaction_paid_at_month_of_year_event_id
(
    array_agg(transaction_paid_at_active_day order by event_tstamp desc, event_id desc) filter(
        where transaction_paid_at_active_day is not null
    )
)[1] as last_transaction_paid_at_active_day
(
    array_agg(event_id order by event_tstamp desc, event_id desc) filter(
        where transaction_paid_at_active_day is not null
    )
)[1] as last_transaction_paid_at_active_day_event_id
(
    array_agg(transaction_paid_at_active_week order by event_tstamp desc, event_id desc) filter(
        where transaction_paid_at_active_week is not null
    )
)[1] as last_transaction_paid_at_active_week
(
    array_agg(event_id order by event_tstamp desc, event_id desc) filter(
        where transaction_paid_at_active_week is not null
    )
)[1] as last_transaction_paid_at_active_week_event_id
(
    array_agg(transaction_paid_at_active_month order by event_tstamp desc, event_id desc) filter(
        where transaction_paid_at_active_month is not null
    )
)[1] as last_transaction_paid_at_active_month
(
    array_agg(event_id order by event_tstamp desc, event_id desc) filter(
        where transaction_paid_at_active_month is not null
    )
)[1] as last_transaction_paid_at_active_month_event_id

-- attributes_this_run
(
    array_agg(
        last_transaction_paid_at_hour_of_day
        order by last_transaction_paid_at_hour_of_day_tstamp desc, last_transaction_paid_at_hour_of_day_event_id desc
    ) filter(
        where last_transaction_paid_at_hour_of_day is not null
    )
)[1] as last_transaction_paid_at_hour_of_day
(
    array_agg(
        last_transaction_paid_at_day_of_week
        order by last_transaction_paid_at_day_of_week_tstamp desc, last_transaction_paid_at_day_of_week_event_id desc
    ) filter(
        where last_transaction_paid_at_day_of_week is not null
    )
)[1] as last_transaction_paid_at_day_of_week
(
    array_agg(
        last_transaction_paid_at_month_of_year
        order by last_transaction_paid_at_month_of_year_tstamp desc, last_transaction_paid_at_month_of_year_event_id desc
    ) filter(
        where last_transaction_paid_at_month_of_year is not null
    )
)[1] as last_transaction_paid_at_month_of_year
(
    array_agg(
        last_transaction_paid_at_active_day
        order by last_transaction_paid_at_active_day_tstamp desc, last_transaction_paid_at_active_day_event_id desc
    ) filter(
        where last_transaction_paid_at_active_day is not null
    )
)[1] as last_transaction_paid_at_active_day
(
    array_agg(
        last_transaction_paid_at_active_week
        order by last_transaction_paid_at_active_week_tstamp desc, last_transaction_paid_at_active_week_event_id desc
    ) filter(
        where last_transaction_paid_at_active_week is not null
    )
)[1] as last_transaction_paid_at_active_week
(
    array_agg(
        last_transaction_paid_at_active_month
        order by last_transaction_paid_at_active_month_tstamp desc, last_transaction_paid_at_active_month_event_id desc
    ) filter(
        where last_transaction_paid_at_active_month is not null
    )
)[1] as last_transaction_paid_at_active_month
(
    select
        case
            when number = trunc(number) and number >= -2147483648 and number < 2147483648 then cast(number as int)
        end
    from (select merged.max_derived_tstamp_hour_of_day_as_number as number) as computed
) as latest_hour
