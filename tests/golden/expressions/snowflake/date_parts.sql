-- base_events_this_run
cast(hour(
    {{ signals_value(
        columns, 'time',
        column='unstruct_event_com_acme_transaction_1',
        typed='unstruct_event_com_acme_transaction_1[\x27paidAt\x27]',
        path=['paidAt'],
        json='unstruct_event_com_acme_transaction_1[\x27paidAt\x27]'
    ) }}
) as varchar) as transaction_paid_at_hour_of_day
cast(dayofweekiso(
    {{ signals_value(
        columns, 'time',
        column='unstruct_event_com_acme_transaction_1',
        typed='unstruct_event_com_acme_transaction_1[\x27paidAt\x27]',
        path=['paidAt'],
        json='unstruct_event_com_acme_transaction_1[\x27paidAt\x27]'
    ) }}
) as varchar) as transaction_paid_at_day_of_week
cast(month(
    {{ signals_value(
        columns, 'time',
        column='unstruct_event_com_acme_transaction_1',
        typed='unstruct_event_com_acme_transaction_1[\x27paidAt\x27]',
        path=['paidAt'],
        json='unstruct_event_com_acme_transaction_1[\x27paidAt\x27]'
    ) }}
) as varchar) as transaction_paid_at_month_of_year
to_char(date_trunc('day',
    {{ signals_value(
        columns, 'time',
        column='unstruct_event_com_acme_transaction_1',
        typed='unstruct_event_com_acme_transaction_1[\x27paidAt\x27]',
        path=['paidAt'],
        json='unstruct_event_com_acme_transaction_1[\x27paidAt\x27]'
    ) }}
), 'YYYY-MM-DD') as transaction_paid_at_active_day
to_char(previous_day(dateadd('day', 1,
    {{ signals_value(
        columns, 'time',
        column='unstruct_event_com_acme_transaction_1',
        typed='unstruct_event_com_acme_transaction_1[\x27paidAt\x27]',
        path=['paidAt'],
        json='unstruct_event_com_acme_transaction_1[\x27paidAt\x27]'
    ) }}
), 'monday'), 'YYYY-MM-DD') as transaction_paid_at_active_week
to_char(date_trunc('month',
    {{ signals_value(
        columns, 'time',
        column='unstruct_event_com_acme_transaction_1',
        typed='unstruct_event_com_acme_transaction_1[\x27paidAt\x27]',
        path=['paidAt'],
        json='unstruct_event_com_acme_transaction_1[\x27paidAt\x27]'
    ) }}
), 'YYYY-MM-DD') as transaction_paid_at_active_month

-- daily_aggregates
max_by(
    transaction_paid_at_hour_of_day,
    case
        when transaction_paid_at_hour_of_day is not null
            then to_char(event_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || event_id
    end
) as last_transaction_paid_at_hour_of_day
max(case when transaction_paid_at_hour_of_day is not null then event_tstamp end) as last_transaction_paid_at_hour_of_day_tstamp
max_by(
    event_id,
    case
        when transaction_paid_at_hour_of_day is not null
            then to_char(event_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || event_id
    end
) as last_transaction_paid_at_hour_of_day_event_id
max_by(
    transaction_paid_at_day_of_week,
    case
        when transaction_paid_at_day_of_week is not null
            then to_char(event_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || event_id
    end
) as last_transaction_paid_at_day_of_week
max(case when transaction_paid_at_day_of_week is not null then event_tstamp end) as last_transaction_paid_at_day_of_week_tstamp
max_by(
    event_id,
    case
        when transaction_paid_at_day_of_week is not null
            then to_char(event_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || event_id
    end
) as last_transaction_paid_at_day_of_week_event_id
max_by(
    transaction_paid_at_month_of_year,
    case
        when transaction_paid_at_month_of_year is not null
            then to_char(event_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || event_id
    end
) as last_transaction_paid_at_month_of_year
max(case when transaction_paid_at_month_of_year is not null then event_tstamp end) as last_transaction_paid_at_month_of_year_tstamp
max_by(
    event_id,
    case
        when transaction_paid_at_month_of_year is not null
            then to_char(event_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || event_id
    end
) as last_transaction_paid_at_month_of_year_event_id
max_by(
    transaction_paid_at_active_day,
    case
        when transaction_paid_at_active_day is not null
            then to_char(event_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || event_id
    end
) as last_transaction_paid_at_active_day
max(case when transaction_paid_at_active_day is not null then event_tstamp end) as last_transaction_paid_at_active_day_tstamp
max_by(
    event_id,
    case
        when transaction_paid_at_active_day is not null
            then to_char(event_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || event_id
    end
) as last_transaction_paid_at_active_day_event_id
max_by(
    transaction_paid_at_active_week,
    case
        when transaction_paid_at_active_week is not null
            then to_char(event_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || event_id
    end
) as last_transaction_paid_at_active_week
max(case when transaction_paid_at_active_week is not null then event_tstamp end) as last_transaction_paid_at_active_week_tstamp
max_by(
    event_id,
    case
        when transaction_paid_at_active_week is not null
            then to_char(event_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || event_id
    end
) as last_transaction_paid_at_active_week_event_id
max_by(
    transaction_paid_at_active_month,
    case
        when transaction_paid_at_active_month is not null
            then to_char(event_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || event_id
    end
) as last_transaction_paid_at_active_month
max(case when transaction_paid_at_active_month is not null then event_tstamp end) as last_transaction_paid_at_active_month_tstamp
max_by(
    event_id,
    case
        when transaction_paid_at_active_month is not null
            then to_char(event_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || event_id
    end
) as last_transaction_paid_at_active_month_event_id

-- attributes_this_run
max_by(
    last_transaction_paid_at_hour_of_day,
    case
        when last_transaction_paid_at_hour_of_day is not null
            then to_char(last_transaction_paid_at_hour_of_day_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || last_transaction_paid_at_hour_of_day_event_id
    end
) as last_transaction_paid_at_hour_of_day
max_by(
    last_transaction_paid_at_day_of_week,
    case
        when last_transaction_paid_at_day_of_week is not null
            then to_char(last_transaction_paid_at_day_of_week_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || last_transaction_paid_at_day_of_week_event_id
    end
) as last_transaction_paid_at_day_of_week
max_by(
    last_transaction_paid_at_month_of_year,
    case
        when last_transaction_paid_at_month_of_year is not null
            then to_char(last_transaction_paid_at_month_of_year_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || last_transaction_paid_at_month_of_year_event_id
    end
) as last_transaction_paid_at_month_of_year
max_by(
    last_transaction_paid_at_active_day,
    case
        when last_transaction_paid_at_active_day is not null
            then to_char(last_transaction_paid_at_active_day_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || last_transaction_paid_at_active_day_event_id
    end
) as last_transaction_paid_at_active_day
max_by(
    last_transaction_paid_at_active_week,
    case
        when last_transaction_paid_at_active_week is not null
            then to_char(last_transaction_paid_at_active_week_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || last_transaction_paid_at_active_week_event_id
    end
) as last_transaction_paid_at_active_week
max_by(
    last_transaction_paid_at_active_month,
    case
        when last_transaction_paid_at_active_month is not null
            then to_char(last_transaction_paid_at_active_month_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || last_transaction_paid_at_active_month_event_id
    end
) as last_transaction_paid_at_active_month
case
    when (
        merged.max_derived_tstamp_hour_of_day_as_number
        = floor(merged.max_derived_tstamp_hour_of_day_as_number)
        and (
            merged.max_derived_tstamp_hour_of_day_as_number >= -2147483648
            and merged.max_derived_tstamp_hour_of_day_as_number < 2147483648
        )
    )
        then cast(merged.max_derived_tstamp_hour_of_day_as_number as number(10, 0))
end as latest_hour
