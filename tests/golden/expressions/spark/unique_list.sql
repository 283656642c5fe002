-- daily_values
max_by(event_id, struct(event_tstamp, event_id)) as last_event_id

-- attributes_this_run
'cast(null as string) as slot'
'cast(null as string) as value'
'cast(null as timestamp_ntz) as last_tstamp'
'cast(null as string) as last_event_id'
max_by(last_event_id, struct(last_tstamp, last_event_id)) as last_event_id
coalesce(
    transform(
        array_sort(
            collect_list(named_struct('col1', last_tstamp, 'col2', last_event_id, 'col3', fitting)) filter(
                where fitting is not null and place <= 100
            )
        ),
        one -> one.col3
    ),
    cast(array() as array<string>)
) as collected
coalesce(
    transform(
        array_sort(
            collect_list(named_struct('col1', last_tstamp, 'col2', last_event_id, 'col3', fitting)) filter(
                where fitting is not null and place <= 100
            )
        ),
        one -> one.col3
    ),
    cast(array() as array<bigint>)
) as collected
case
    when regexp_like(value, '^(?:[+-]?\\d+)\\z') then try_cast(value as bigint)
    when regexp_like(value, '^(?:[+-]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d+)?)\\z')
        then case
            when (
                (try_cast(value as double) % 1) = 0
                and try_cast(value as double) >= -9223372036854775808e0
                and try_cast(value as double) < 9223372036854775808e0
            )
                then cast(try_cast(value as double) as bigint)
        end
end as fitting
coalesce(unique_list_last_7_days_collected.collected, cast(array() as array<string>)) as unique_list_last_7_days
coalesce(unique_list_of_lifetime_collected.collected, cast(array() as array<bigint>)) as unique_list_of_lifetime
