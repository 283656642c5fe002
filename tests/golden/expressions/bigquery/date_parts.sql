-- base_events_this_run
cast(extract(hour from
    {{ signals_value(
        columns, 'time',
        column='unstruct_event_com_acme_transaction_1',
        typed='unstruct_event_com_acme_transaction_1.paid_at',
        path=['paid_at'],
        json='unstruct_event_com_acme_transaction_1[\x27paidAt\x27]'
    ) }}
) as string) as transaction_paid_at_hour_of_day
cast(mod(extract(dayofweek from
    {{ signals_value(
        columns, 'time',
        column='unstruct_event_com_acme_transaction_1',
        typed='unstruct_event_com_acme_transaction_1.paid_at',
        path=['paid_at'],
        json='unstruct_event_com_acme_transaction_1[\x27paidAt\x27]'
    ) }}
) + 5, 7) + 1 as string) as transaction_paid_at_day_of_week
cast(extract(month from
    {{ signals_value(
        columns, 'time',
        column='unstruct_event_com_acme_transaction_1',
        typed='unstruct_event_com_acme_transaction_1.paid_at',
        path=['paid_at'],
        json='unstruct_event_com_acme_transaction_1[\x27paidAt\x27]'
    ) }}
) as string) as transaction_paid_at_month_of_year
cast(cast(
    {{ signals_value(
        columns, 'time',
        column='unstruct_event_com_acme_transaction_1',
        typed='unstruct_event_com_acme_transaction_1.paid_at',
        path=['paid_at'],
        json='unstruct_event_com_acme_transaction_1[\x27paidAt\x27]'
    ) }}
 as date) as string) as transaction_paid_at_active_day
cast(date_trunc(cast(
    {{ signals_value(
        columns, 'time',
        column='unstruct_event_com_acme_transaction_1',
        typed='unstruct_event_com_acme_transaction_1.paid_at',
        path=['paid_at'],
        json='unstruct_event_com_acme_transaction_1[\x27paidAt\x27]'
    ) }}
 as date), isoweek) as string) as transaction_paid_at_active_week
cast(date_trunc(cast(
    {{ signals_value(
        columns, 'time',
        column='unstruct_event_com_acme_transaction_1',
        typed='unstruct_event_com_acme_transaction_1.paid_at',
        path=['paid_at'],
        json='unstruct_event_com_acme_transaction_1[\x27paidAt\x27]'
    ) }}
 as date), month) as string) as transaction_paid_at_active_month
cast(extract(hour from
    {{ signals_value(columns, 'time', 'derived_tstamp', 'derived_tstamp') }}
) as float64) as derived_tstamp_hour_of_day_as_number

-- daily_aggregates
array_agg(if(transaction_paid_at_hour_of_day is not null, transaction_paid_at_hour_of_day, null) ignore nulls order by event_tstamp desc, event_id desc limit 1)[safe_offset(0)] as last_transaction_paid_at_hour_of_day
max(if(transaction_paid_at_hour_of_day is not null, event_tstamp, null)) as last_transaction_paid_at_hour_of_day_tstamp
array_agg(if(transaction_paid_at_hour_of_day is not null, event_id, null) ignore nulls order by event_tstamp desc, event_id desc limit 1)[safe_offset(0)] as last_transaction_paid_at_hour_of_day_event_id
array_agg(if(transaction_paid_at_day_of_week is not null, transaction_paid_at_day_of_week, null) ignore nulls order by event_tstamp desc, event_id desc limit 1)[safe_offset(0)] as last_transaction_paid_at_day_of_week
max(if(transaction_paid_at_day_of_week is not null, event_tstamp, null)) as last_transaction_paid_at_day_of_week_tstamp
array_agg(if(transaction_paid_at_day_of_week is not null, event_id, null) ignore nulls order by event_tstamp desc, event_id desc limit 1)[safe_offset(0)] as last_transaction_paid_at_day_of_week_event_id
array_agg(if(transaction_paid_at_month_of_year is not null, transaction_paid_at_month_of_year, null) ignore nulls order by event_tstamp desc, event_id desc limit 1)[safe_offset(0)] as last_transaction_paid_at_month_of_year
max(if(transaction_paid_at_month_of_year is not null, event_tstamp, null)) as last_transaction_paid_at_month_of_year_tstamp
array_agg(if(transaction_paid_at_month_of_year is not null, event_id, null) ignore nulls order by event_tstamp desc, event_id desc limit 1)[safe_offset(0)] as last_transaction_paid_at_month_of_year_event_id
array_agg(if(transaction_paid_at_active_day is not null, transaction_paid_at_active_day, null) ignore nulls order by event_tstamp desc, event_id desc limit 1)[safe_offset(0)] as last_transaction_paid_at_active_day
max(if(transaction_paid_at_active_day is not null, event_tstamp, null)) as last_transaction_paid_at_active_day_tstamp
array_agg(if(transaction_paid_at_active_day is not null, event_id, null) ignore nulls order by event_tstamp desc, event_id desc limit 1)[safe_offset(0)] as last_transaction_paid_at_active_day_event_id
array_agg(if(transaction_paid_at_active_week is not null, transaction_paid_at_active_week, null) ignore nulls order by event_tstamp desc, event_id desc limit 1)[safe_offset(0)] as last_transaction_paid_at_active_week
max(if(transaction_paid_at_active_week is not null, event_tstamp, null)) as last_transaction_paid_at_active_week_tstamp
array_agg(if(transaction_paid_at_active_week is not null, event_id, null) ignore nulls order by event_tstamp desc, event_id desc limit 1)[safe_offset(0)] as last_transaction_paid_at_active_week_event_id
array_agg(if(transaction_paid_at_active_month is not null, transaction_paid_at_active_month, null) ignore nulls order by event_tstamp desc, event_id desc limit 1)[safe_offset(0)] as last_transaction_paid_at_active_month
max(if(transaction_paid_at_active_month is not null, event_tstamp, null)) as last_transaction_paid_at_active_month_tstamp
array_agg(if(transaction_paid_at_active_month is not null, event_id, null) ignore nulls order by event_tstamp desc, event_id desc limit 1)[safe_offset(0)] as last_transaction_paid_at_active_month_event_id

-- attributes_this_run
array_agg(if(last_transaction_paid_at_hour_of_day is not null, last_transaction_paid_at_hour_of_day, null) ignore nulls order by last_transaction_paid_at_hour_of_day_tstamp desc, last_transaction_paid_at_hour_of_day_event_id desc limit 1)[safe_offset(0)] as last_transaction_paid_at_hour_of_day
array_agg(if(last_transaction_paid_at_day_of_week is not null, last_transaction_paid_at_day_of_week, null) ignore nulls order by last_transaction_paid_at_day_of_week_tstamp desc, last_transaction_paid_at_day_of_week_event_id desc limit 1)[safe_offset(0)] as last_transaction_paid_at_day_of_week
array_agg(if(last_transaction_paid_at_month_of_year is not null, last_transaction_paid_at_month_of_year, null) ignore nulls order by last_transaction_paid_at_month_of_year_tstamp desc, last_transaction_paid_at_month_of_year_event_id desc limit 1)[safe_offset(0)] as last_transaction_paid_at_month_of_year
array_agg(if(last_transaction_paid_at_active_day is not null, last_transaction_paid_at_active_day, null) ignore nulls order by last_transaction_paid_at_active_day_tstamp desc, last_transaction_paid_at_active_day_event_id desc limit 1)[safe_offset(0)] as last_transaction_paid_at_active_day
array_agg(if(last_transaction_paid_at_active_week is not null, last_transaction_paid_at_active_week, null) ignore nulls order by last_transaction_paid_at_active_week_tstamp desc, last_transaction_paid_at_active_week_event_id desc limit 1)[safe_offset(0)] as last_transaction_paid_at_active_week
array_agg(if(last_transaction_paid_at_active_month is not null, last_transaction_paid_at_active_month, null) ignore nulls order by last_transaction_paid_at_active_month_tstamp desc, last_transaction_paid_at_active_month_event_id desc limit 1)[safe_offset(0)] as last_transaction_paid_at_active_month
if(
    merged.max_derived_tstamp_hour_of_day_as_number
    = trunc(merged.max_derived_tstamp_hour_of_day_as_number)
    and merged.max_derived_tstamp_hour_of_day_as_number >= -2147483648e0
    and merged.max_derived_tstamp_hour_of_day_as_number < 2147483648e0,
    safe_cast(merged.max_derived_tstamp_hour_of_day_as_number as int64),
    null
) as latest_hour
