-- attributes_this_run
row_number() over (
    partition by domain_userid, fitting is null
    order by n asc nulls last, last_tstamp desc, last_event_id desc
) as place
case
    when (
        regexp_like(least_frequent_of_lifetime_collected.collected, '^(?:[+-]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d+)?)\\z')
        and abs(try_cast(least_frequent_of_lifetime_collected.collected as double)) < double('infinity')
    )
        then try_cast(least_frequent_of_lifetime_collected.collected as double)
end as least_frequent_of_lifetime
