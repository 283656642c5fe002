-- daily_values
max_by(event_id, to_char(event_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || event_id) as last_event_id

-- attributes_this_run
'cast(null as timestamp_ntz) as last_tstamp'
max_by(last_event_id, to_char(last_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || last_event_id) as last_event_id
coalesce(
    array_agg(case when fitting is not null and place <= 100 then fitting end) within group (order by last_tstamp asc, last_event_id asc),
    array_construct()
) as collected
row_number() over (
    partition by domain_userid, fitting is null
    order by last_tstamp desc nulls last, last_event_id desc nulls last
) as place
case
    when regexp_like(value, '[+-]?0*[0-9]{1,19}')
        then case
            when (
                try_to_number(value, 38, 0) >= -9223372036854775808
                and try_to_number(value, 38, 0) < 9223372036854775808
            )
                then cast(try_to_number(value, 38, 0) as number(19, 0))
        end
    when (
        regexp_like(value, '[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?')
        and try_to_double(value) = floor(try_to_double(value))
        and (try_to_double(value) >= -9223372036854775808 and try_to_double(value) < 9223372036854775808)
    )
        then cast(try_to_double(value) as number(19, 0))
end as fitting
coalesce(unique_list_last_7_days_collected.collected, array_construct()) as unique_list_last_7_days
coalesce(unique_list_of_lifetime_collected.collected, array_construct()) as unique_list_of_lifetime
when
    published.signals_copies > 1
    or to_json(published.unique_list_last_7_days) is distinct from to_json(computed.unique_list_last_7_days)
    or to_json(published.unique_list_of_lifetime) is distinct from to_json(computed.unique_list_of_lifetime)
    then 'changed'
