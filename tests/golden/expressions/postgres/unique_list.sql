-- daily_values
(array_agg(event_id order by event_tstamp desc, event_id desc))[1] as last_event_id

-- attributes_this_run
'cast(null as text) as slot'
'cast(null as text) as value'
'cast(null as text) as last_event_id'
(array_agg(last_event_id order by last_tstamp desc, last_event_id desc))[1] as last_event_id
coalesce(
    array_agg(fitting order by last_tstamp asc, last_event_id asc) filter(
        where fitting is not null and place <= 100
    ),
    cast(array[] as text[])
) as collected
row_number() over (
    partition by domain_userid, fitting is null
    order by last_tstamp desc nulls last, last_event_id desc nulls last
) as place
coalesce(
    array_agg(fitting order by last_tstamp asc, last_event_id asc) filter(
        where fitting is not null and place <= 100
    ),
    cast(array[] as bigint[])
) as collected
case
    when value ~ '^[+-]?0*[0-9]{1,19}$'
        then (
            select
                case
                    when number >= -9223372036854775808 and number < 9223372036854775808 then cast(number as bigint)
                end
            from (select cast(value as decimal) as number) as computed
        )
    else (
        select
            case
                when number = trunc(number) and number >= -9223372036854775808 and number < 9223372036854775808
                    then cast(number as bigint)
            end
        from (
            select
                case
                    when value ~ '^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$'
                        then case
                            when jsonb_path_exists(to_jsonb(value), '$.double()', silent => true) then cast(value as double precision)
                            when value ~ '[eE]-|[.]0{250}' then 0
                        end
                end as number
        ) as computed
    )
end as fitting
coalesce(unique_list_last_7_days_collected.collected, cast(array[] as text[])) as unique_list_last_7_days
coalesce(unique_list_of_lifetime_collected.collected, cast(array[] as bigint[])) as unique_list_of_lifetime
