-- daily_values
-- for count_distinct_last_7_days
-- for count_distinct_of_lifetime

-- attributes_this_run
'domain_userid', 'count_distinct_last_7_days', 'count_distinct_of_lifetime', 'updated_at'
count_distinct_last_7_days_collected as (
count_distinct_of_lifetime_collected as (
case
    when count_distinct_last_7_days_collected.collected is null then cast(0 as bigint)
    else try_cast(count_distinct_last_7_days_collected.collected as bigint)
end as count_distinct_last_7_days
case
    when count_distinct_of_lifetime_collected.collected is null then cast(0 as double)
    else try_cast(count_distinct_of_lifetime_collected.collected as double)
end as count_distinct_of_lifetime
left join count_distinct_last_7_days_collected on count_distinct_last_7_days_collected.domain_userid = merged.domain_userid
left join count_distinct_of_lifetime_collected on count_distinct_of_lifetime_collected.domain_userid = merged.domain_userid
when
    published.signals_copies > 1
    or published.count_distinct_last_7_days is distinct from computed.count_distinct_last_7_days
    or (
        published.count_distinct_of_lifetime is distinct from computed.count_distinct_of_lifetime
        and coalesce(
            abs(published.count_distinct_of_lifetime - computed.count_distinct_of_lifetime)
            > 1e-12 * greatest(abs(published.count_distinct_of_lifetime), abs(computed.count_distinct_of_lifetime)),
            true
        )
    )
    then 'changed'
