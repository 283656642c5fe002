-- daily_values
-- for category_count_last_7_days
-- for category_count_of_lifetime

-- attributes_this_run
'domain_userid', 'category_count_last_7_days', 'category_count_of_lifetime', 'updated_at'
category_count_last_7_days_collected as (
cast(
    map(
        list(fitting order by place asc) filter(where place <= 100),
        list(n order by place asc) filter(where place <= 100)
    )
    as map(text, bigint)
) as collected
category_count_of_lifetime_collected as (
coalesce(category_count_last_7_days_collected.collected, cast(map([], []) as map(text, bigint))) as category_count_last_7_days
coalesce(category_count_of_lifetime_collected.collected, cast(map([], []) as map(text, bigint))) as category_count_of_lifetime
left join category_count_last_7_days_collected on category_count_last_7_days_collected.domain_userid = merged.domain_userid
left join category_count_of_lifetime_collected on category_count_of_lifetime_collected.domain_userid = merged.domain_userid
when
    published.signals_copies > 1
    or published.category_count_last_7_days is distinct from computed.category_count_last_7_days
    or published.category_count_of_lifetime is distinct from computed.category_count_of_lifetime
    then 'changed'
