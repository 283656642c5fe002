-- base_events_this_run
cast(hour(
    {{ signals_value(
        columns, 'time',
        column='unstruct_event_com_acme_transaction_1',
        typed='unstruct_event_com_acme_transaction_1.paid_at',
        path=['paid_at'],
        json='json_extract(unstruct_event_com_acme_transaction_1, \x27$."paidAt"\x27)'
    ) }}
) as text) as transaction_paid_at_hour_of_day
cast(isodow(
    {{ signals_value(
        columns, 'time',
        column='unstruct_event_com_acme_transaction_1',
        typed='unstruct_event_com_acme_transaction_1.paid_at',
        path=['paid_at'],
        json='json_extract(unstruct_event_com_acme_transaction_1, \x27$."paidAt"\x27)'
    ) }}
) as text) as transaction_paid_at_day_of_week
cast(month(
    {{ signals_value(
        columns, 'time',
        column='unstruct_event_com_acme_transaction_1',
        typed='unstruct_event_com_acme_transaction_1.paid_at',
        path=['paid_at'],
        json='json_extract(unstruct_event_com_acme_transaction_1, \x27$."paidAt"\x27)'
    ) }}
) as text) as transaction_paid_at_month_of_year
cast(cast(date_trunc('day',
    {{ signals_value(
        columns, 'time',
        column='unstruct_event_com_acme_transaction_1',
        typed='unstruct_event_com_acme_transaction_1.paid_at',
        path=['paid_at'],
        json='json_extract(unstruct_event_com_acme_transaction_1, \x27$."paidAt"\x27)'
    ) }}
) as date) as text) as transaction_paid_at_active_day
cast(cast(date_trunc('week',
    {{ signals_value(
        columns, 'time',
        column='unstruct_event_com_acme_transaction_1',
        typed='unstruct_event_com_acme_transaction_1.paid_at',
        path=['paid_at'],
        json='json_extract(unstruct_event_com_acme_transaction_1, \x27$."paidAt"\x27)'
    ) }}
) as date) as text) as transaction_paid_at_active_week
cast(cast(date_trunc('month',
    {{ signals_value(
        columns, 'time',
        column='unstruct_event_com_acme_transaction_1',
        typed='unstruct_event_com_acme_transaction_1.paid_at',
        path=['paid_at'],
        json='json_extract(unstruct_event_com_acme_transaction_1, \x27$."paidAt"\x27)'
    ) }}
) as date) as text) as transaction_paid_at_active_month
cast(hour(
    {{ signals_value(columns, 'time', 'derived_tstamp', 'derived_tstamp') }}
) as double) as derived_tstamp_hour_of_day_as_number

-- daily_aggregates
arg_max(transaction_paid_at_hour_of_day, (event_tstamp, event_id)) filter(
    where transaction_paid_at_hour_of_day is not null
) as last_transaction_paid_at_hour_of_day
max(event_tstamp) filter(where transaction_paid_at_hour_of_day is not null) as last_transaction_paid_at_hour_of_day_tstamp
arg_max(event_id, (event_tstamp, event_id)) filter(
    where transaction_paid_at_hour_of_day is not null
) as last_transaction_paid_at_hour_of_day_event_id
arg_max(transaction_paid_at_day_of_week, (event_tstamp, event_id)) filter(
    where transaction_paid_at_day_of_week is not null
) as last_transaction_paid_at_day_of_week
max(event_tstamp) filter(where transaction_paid_at_day_of_week is not null) as last_transaction_paid_at_day_of_week_tstamp
arg_max(event_id, (event_tstamp, event_id)) filter(
    where transaction_paid_at_day_of_week is not null
) as last_transaction_paid_at_day_of_week_event_id
arg_max(transaction_paid_at_month_of_year, (event_tstamp, event_id)) filter(
    where transaction_paid_at_month_of_year is not null
) as last_transaction_paid_at_month_of_year
max(event_tstamp) filter(where transaction_paid_at_month_of_year is not null) as last_transaction_paid_at_month_of_year_tstamp
arg_max(event_id, (event_tstamp, event_id)) filter(
    where transaction_paid_at_month_of_year is not null
) as last_transaction_paid_at_month_of_year_event_id
arg_max(transaction_paid_at_active_day, (event_tstamp, event_id)) filter(
    where transaction_paid_at_active_day is not null
) as last_transaction_paid_at_active_day
max(event_tstamp) filter(where transaction_paid_at_active_day is not null) as last_transaction_paid_at_active_day_tstamp
arg_max(event_id, (event_tstamp, event_id)) filter(
    where transaction_paid_at_active_day is not null
) as last_transaction_paid_at_active_day_event_id
arg_max(transaction_paid_at_active_week, (event_tstamp, event_id)) filter(
    where transaction_paid_at_active_week is not null
) as last_transaction_paid_at_active_week
max(event_tstamp) filter(where transaction_paid_at_active_week is not null) as last_transaction_paid_at_active_week_tstamp
arg_max(event_id, (event_tstamp, event_id)) filter(
    where transaction_paid_at_active_week is not null
) as last_transaction_paid_at_active_week_event_id
arg_max(transaction_paid_at_active_month, (event_tstamp, event_id)) filter(
    where transaction_paid_at_active_month is not null
) as last_transaction_paid_at_active_month
max(event_tstamp) filter(where transaction_paid_at_active_month is not null) as last_transaction_paid_at_active_month_tstamp
arg_max(event_id, (event_tstamp, event_id)) filter(
    where transaction_paid_at_active_month is not null
) as last_transaction_paid_at_active_month_event_id
max(derived_tstamp_hour_of_day_as_number) as max_derived_tstamp_hour_of_day_as_number

-- attributes_this_run
{%- set history = signals_history_for(limits, 0) %}
'domain_userid', 'hour_of_day', 'day_of_week', 'month_of_year', 'active_day', 'active_week'
'active_month', 'latest_hour', 'updated_at'
arg_max(
    last_transaction_paid_at_hour_of_day,
    (last_transaction_paid_at_hour_of_day_tstamp, last_transaction_paid_at_hour_of_day_event_id)
) filter(
    where last_transaction_paid_at_hour_of_day is not null
) as last_transaction_paid_at_hour_of_day
arg_max(
    last_transaction_paid_at_day_of_week,
    (last_transaction_paid_at_day_of_week_tstamp, last_transaction_paid_at_day_of_week_event_id)
) filter(
    where last_transaction_paid_at_day_of_week is not null
) as last_transaction_paid_at_day_of_week
arg_max(
    last_transaction_paid_at_month_of_year,
    (last_transaction_paid_at_month_of_year_tstamp, last_transaction_paid_at_month_of_year_event_id)
) filter(
    where last_transaction_paid_at_month_of_year is not null
) as last_transaction_paid_at_month_of_year
arg_max(
    last_transaction_paid_at_active_day,
    (last_transaction_paid_at_active_day_tstamp, last_transaction_paid_at_active_day_event_id)
) filter(
    where last_transaction_paid_at_active_day is not null
) as last_transaction_paid_at_active_day
arg_max(
    last_transaction_paid_at_active_week,
    (last_transaction_paid_at_active_week_tstamp, last_transaction_paid_at_active_week_event_id)
) filter(
    where last_transaction_paid_at_active_week is not null
) as last_transaction_paid_at_active_week
arg_max(
    last_transaction_paid_at_active_month,
    (last_transaction_paid_at_active_month_tstamp, last_transaction_paid_at_active_month_event_id)
) filter(
    where last_transaction_paid_at_active_month is not null
) as last_transaction_paid_at_active_month
max(max_derived_tstamp_hour_of_day_as_number) as max_derived_tstamp_hour_of_day_as_number
case
    when merged.max_derived_tstamp_hour_of_day_as_number
    = trunc(merged.max_derived_tstamp_hour_of_day_as_number)
        then try_cast(merged.max_derived_tstamp_hour_of_day_as_number as int)
end as latest_hour
when
    published.signals_copies > 1
    or published.hour_of_day is distinct from computed.hour_of_day
    or published.day_of_week is distinct from computed.day_of_week
    or published.month_of_year is distinct from computed.month_of_year
    or published.active_day is distinct from computed.active_day
    or published.active_week is distinct from computed.active_week
    or published.active_month is distinct from computed.active_month
    or published.latest_hour is distinct from computed.latest_hour
    then 'changed'
