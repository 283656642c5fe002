-- base_events_this_run
cast(hour(
    {{ signals_value(
        columns, 'time',
        column='unstruct_event_com_acme_transaction_1',
        typed='unstruct_event_com_acme_transaction_1.paid_at',
        path=['paid_at'],
        json='get_json_object(unstruct_event_com_acme_transaction_1, \x27$.paidAt\x27)'
    ) }}
) as string) as transaction_paid_at_hour_of_day
cast(weekday(cast(
    {{ signals_value(
        columns, 'time',
        column='unstruct_event_com_acme_transaction_1',
        typed='unstruct_event_com_acme_transaction_1.paid_at',
        path=['paid_at'],
        json='get_json_object(unstruct_event_com_acme_transaction_1, \x27$.paidAt\x27)'
    ) }}
 as date)) + 1 as string) as transaction_paid_at_day_of_week
cast(month(cast(
    {{ signals_value(
        columns, 'time',
        column='unstruct_event_com_acme_transaction_1',
        typed='unstruct_event_com_acme_transaction_1.paid_at',
        path=['paid_at'],
        json='get_json_object(unstruct_event_com_acme_transaction_1, \x27$.paidAt\x27)'
    ) }}
 as date)) as string) as transaction_paid_at_month_of_year
cast(cast(
    {{ signals_value(
        columns, 'time',
        column='unstruct_event_com_acme_transaction_1',
        typed='unstruct_event_com_acme_transaction_1.paid_at',
        path=['paid_at'],
        json='get_json_object(unstruct_event_com_acme_transaction_1, \x27$.paidAt\x27)'
    ) }}
 as date) as string) as transaction_paid_at_active_day
cast(trunc(cast(
    {{ signals_value(
        columns, 'time',
        column='unstruct_event_com_acme_transaction_1',
        typed='unstruct_event_com_acme_transaction_1.paid_at',
        path=['paid_at'],
        json='get_json_object(unstruct_event_com_acme_transaction_1, \x27$.paidAt\x27)'
    ) }}
 as date), 'week') as string) as transaction_paid_at_active_week
cast(trunc(cast(
    {{ signals_value(
        columns, 'time',
        column='unstruct_event_com_acme_transaction_1',
        typed='unstruct_event_com_acme_transaction_1.paid_at',
        path=['paid_at'],
        json='get_json_object(unstruct_event_com_acme_transaction_1, \x27$.paidAt\x27)'
    ) }}
 as date), 'month') as string) as transaction_paid_at_active_month

-- daily_aggregates
max_by(transaction_paid_at_hour_of_day, struct(event_tstamp, event_id)) filter(
    where transaction_paid_at_hour_of_day is not null
) as last_transaction_paid_at_hour_of_day
max_by(event_id, struct(event_tstamp, event_id)) filter(
    where transaction_paid_at_hour_of_day is not null
) as last_transaction_paid_at_hour_of_day_event_id
max_by(transaction_paid_at_day_of_week, struct(event_tstamp, event_id)) filter(
    where transaction_paid_at_day_of_week is not null
) as last_transaction_paid_at_day_of_week
max_by(event_id, struct(event_tstamp, event_id)) filter(
    where transaction_paid_at_day_of_week is not null
) as last_transaction_paid_at_day_of_week_event_id
max_by(transaction_paid_at_month_of_year, struct(event_tstamp, event_id)) filter(
    where transaction_paid_at_month_of_year is not null
) as last_transaction_paid_at_month_of_year
max_by(event_id, struct(event_tstamp, event_id)) filter(
    where transaction_paid_at_month_of_year is not null
) as last_transaction_paid_at_month_of_year_event_id
max_by(transaction_paid_at_active_day, struct(event_tstamp, event_id)) filter(
    where transaction_paid_at_active_day is not null
) as last_transaction_paid_at_active_day
max_by(event_id, struct(event_tstamp, event_id)) filter(
    where transaction_paid_at_active_day is not null
) as last_transaction_paid_at_active_day_event_id
max_by(transaction_paid_at_active_week, struct(event_tstamp, event_id)) filter(
    where transaction_paid_at_active_week is not null
) as last_transaction_paid_at_active_week
max_by(event_id, struct(event_tstamp, event_id)) filter(
    where transaction_paid_at_active_week is not null
) as last_transaction_paid_at_active_week_event_id
max_by(transaction_paid_at_active_month, struct(event_tstamp, event_id)) filter(
    where transaction_paid_at_active_month is not null
) as last_transaction_paid_at_active_month
max_by(event_id, struct(event_tstamp, event_id)) filter(
    where transaction_paid_at_active_month is not null
) as last_transaction_paid_at_active_month_event_id

-- attributes_this_run
max_by(
    last_transaction_paid_at_hour_of_day,
    struct(
        last_transaction_paid_at_hour_of_day_tstamp,
        last_transaction_paid_at_hour_of_day_event_id
    )
) filter(
    where last_transaction_paid_at_hour_of_day is not null
) as last_transaction_paid_at_hour_of_day
max_by(
    last_transaction_paid_at_day_of_week,
    struct(
        last_transaction_paid_at_day_of_week_tstamp,
        last_transaction_paid_at_day_of_week_event_id
    )
) filter(
    where last_transaction_paid_at_day_of_week is not null
) as last_transaction_paid_at_day_of_week
max_by(
    last_transaction_paid_at_month_of_year,
    struct(
        last_transaction_paid_at_month_of_year_tstamp,
        last_transaction_paid_at_month_of_year_event_id
    )
) filter(
    where last_transaction_paid_at_month_of_year is not null
) as last_transaction_paid_at_month_of_year
max_by(
    last_transaction_paid_at_active_day,
    struct(last_transaction_paid_at_active_day_tstamp, last_transaction_paid_at_active_day_event_id)
) filter(
    where last_transaction_paid_at_active_day is not null
) as last_transaction_paid_at_active_day
max_by(
    last_transaction_paid_at_active_week,
    struct(
        last_transaction_paid_at_active_week_tstamp,
        last_transaction_paid_at_active_week_event_id
    )
) filter(
    where last_transaction_paid_at_active_week is not null
) as last_transaction_paid_at_active_week
max_by(
    last_transaction_paid_at_active_month,
    struct(
        last_transaction_paid_at_active_month_tstamp,
        last_transaction_paid_at_active_month_event_id
    )
) filter(
    where last_transaction_paid_at_active_month is not null
) as last_transaction_paid_at_active_month
case
    when (
        (merged.max_derived_tstamp_hour_of_day_as_number % 1) = 0
        and merged.max_derived_tstamp_hour_of_day_as_number >= -2147483648e0
        and merged.max_derived_tstamp_hour_of_day_as_number < 2147483648e0
    )
        then cast(merged.max_derived_tstamp_hour_of_day_as_number as int)
end as latest_hour
