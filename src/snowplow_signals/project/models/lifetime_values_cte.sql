$merged as (

    select
        $identifier,
        value,
        sum(n) as n,
        $last_event
    from (
        select $identifier, value, n, last_tstamp, last_event_id
        from {{ ref('${p}_daily_values') }}
        where
            slot = '$slot'
            and day <= date '{{ as_of }}' and {{ signals_after_history(history, '$identifier') }}
            {%- if is_partial %}
            and $identifier in (select $identifier from stale)
            {%- endif %}
        {%- if history.before %}

        union all

        select $identifier, value, n, last_tstamp, last_event_id
        from {{ history.relation }}
        where
            slot = '$slot' and {{ signals_in_history(history, '$identifier') }}
            {%- if is_partial %}
            and $identifier in (select $identifier from stale)
            {%- endif %}
        {%- endif %}
    ) as days
    group by $identifier, $value_keys

),
