day_values as (

    select $identifier, slot, value, n, last_tstamp, last_event_id
    from {{ signals_state('${p}_daily_values') }}
    where
        day <= date '{{ history.day }}' and {{ signals_after_history(history, '$identifier') }}$unless_made
    {%- if history.before %}

    union all

    select $identifier, slot, value, n, last_tstamp, last_event_id
    from {{ this }}
    where slot is not null and {{ signals_in_history(history, '$identifier') }}
    {%- endif %}

),

