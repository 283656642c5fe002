-- daily_values
-- for last_n_last_7_days
-- for last_n_of_lifetime

-- attributes_this_run
'domain_userid', 'last_n_last_7_days', 'last_n_of_lifetime', 'updated_at'
last_n_last_7_days_collected as (
last_n_of_lifetime_collected as (
coalesce(last_n_last_7_days_collected.collected, cast([] as text[])) as last_n_last_7_days
coalesce(last_n_of_lifetime_collected.collected, cast([] as bigint[])) as last_n_of_lifetime
left join last_n_last_7_days_collected on last_n_last_7_days_collected.domain_userid = merged.domain_userid
left join last_n_of_lifetime_collected on last_n_of_lifetime_collected.domain_userid = merged.domain_userid
when
    published.signals_copies > 1
    or published.last_n_last_7_days is distinct from computed.last_n_last_7_days
    or published.last_n_of_lifetime is distinct from computed.last_n_of_lifetime
    then 'changed'
