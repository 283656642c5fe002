-- daily_values
-- for most_frequent_last_7_days
-- for most_frequent_of_lifetime

-- attributes_this_run
'domain_userid', 'most_frequent_last_7_days', 'most_frequent_of_lifetime', 'updated_at'
most_frequent_last_7_days_collected as (
max(fitting) filter(where place = 1) as collected
row_number() over (
    partition by domain_userid, fitting is null
    order by n desc, last_tstamp desc, last_event_id desc
) as place
most_frequent_of_lifetime_collected as (
case
    when lower(most_frequent_of_lifetime_collected.collected) = 'true' then true
    when lower(most_frequent_of_lifetime_collected.collected) = 'false' then false
end as most_frequent_of_lifetime
left join most_frequent_last_7_days_collected on most_frequent_last_7_days_collected.domain_userid = merged.domain_userid
left join most_frequent_of_lifetime_collected on most_frequent_of_lifetime_collected.domain_userid = merged.domain_userid
when
    published.signals_copies > 1
    or published.most_frequent_last_7_days is distinct from computed.most_frequent_last_7_days
    or published.most_frequent_of_lifetime is distinct from computed.most_frequent_of_lifetime
    then 'changed'
