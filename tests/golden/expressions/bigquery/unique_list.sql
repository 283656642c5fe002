-- daily_values
array_agg(event_id order by event_tstamp desc, event_id desc limit 1)[safe_offset(0)] as last_event_id

-- attributes_this_run
'cast(null as string) as slot'
'cast(null as string) as value'
'cast(null as datetime) as last_tstamp'
'cast(null as string) as last_event_id'
array_agg(last_event_id order by last_tstamp desc, last_event_id desc limit 1)[safe_offset(0)] as last_event_id
coalesce(
    array_agg(if(fitting is not null and place <= 100, fitting, null) ignore nulls order by last_tstamp asc, last_event_id asc),
    array<string>[]
) as collected
coalesce(
    array_agg(if(fitting is not null and place <= 100, fitting, null) ignore nulls order by last_tstamp asc, last_event_id asc),
    array<int64>[]
) as collected
case
    when regexp_contains(value, '^(?:[+-]?\\d+)\\z') then safe_cast(value as int64)
    when regexp_contains(value, '^(?:[+-]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d+)?)\\z')
        then if(
            safe_cast(value as float64) = trunc(safe_cast(value as float64))
            and safe_cast(value as float64) >= -9223372036854775808e0
            and safe_cast(value as float64) < 9223372036854775808e0,
            safe_cast(safe_cast(value as float64) as int64),
            null
        )
end as fitting
coalesce(unique_list_last_7_days_collected.collected, array<string>[]) as unique_list_last_7_days
coalesce(unique_list_of_lifetime_collected.collected, array<int64>[]) as unique_list_of_lifetime
when
    published.signals_copies > 1
    or to_json_string(published.unique_list_last_7_days) is distinct from to_json_string(computed.unique_list_last_7_days)
    or to_json_string(published.unique_list_of_lifetime) is distinct from to_json_string(computed.unique_list_of_lifetime)
    then 'changed'
