-- attributes_this_run
max(case when place = 1 then fitting end) as collected
row_number() over (
    partition by domain_userid, fitting is null
    order by n desc nulls last, last_tstamp desc nulls last, last_event_id desc nulls last
) as place
