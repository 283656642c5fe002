$merged as (

    select
        $identifier,
        value,
        sum(n) as n,
        $last_event
    from {{ ref('${p}_daily_values') }}
    where
        slot = '$slot'
        and day <= date '{{ as_of }}'
        and {{ signals_in_window(limits, $window) }}
        {%- if is_partial %}
        and $identifier in (select $identifier from stale)
        {%- endif %}
    group by $identifier, $value_keys

),
