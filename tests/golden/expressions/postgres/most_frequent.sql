-- attributes_this_run
row_number() over (
    partition by domain_userid, fitting is null
    order by n desc nulls last, last_tstamp desc nulls last, last_event_id desc nulls last
) as place
