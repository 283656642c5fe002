-- daily_values
-- for approx_count_distinct_last_7_days
-- for approx_count_distinct_of_lifetime

-- attributes_this_run
'domain_userid', 'approx_count_distinct_last_7_days', 'approx_count_distinct_of_lifetime'
approx_count_distinct_last_7_days_collected as (
count(*) as collected
approx_count_distinct_of_lifetime_collected as (
case
    when approx_count_distinct_last_7_days_collected.collected is null then cast(0 as bigint)
    else try_cast(approx_count_distinct_last_7_days_collected.collected as bigint)
end as approx_count_distinct_last_7_days
case
    when approx_count_distinct_of_lifetime_collected.collected is null then cast(0 as double)
    else try_cast(approx_count_distinct_of_lifetime_collected.collected as double)
end as approx_count_distinct_of_lifetime
left join approx_count_distinct_last_7_days_collected on approx_count_distinct_last_7_days_collected.domain_userid = merged.domain_userid
left join approx_count_distinct_of_lifetime_collected on approx_count_distinct_of_lifetime_collected.domain_userid = merged.domain_userid
when
    published.signals_copies > 1
    or published.approx_count_distinct_last_7_days is distinct from computed.approx_count_distinct_last_7_days
    or (
        published.approx_count_distinct_of_lifetime is distinct from computed.approx_count_distinct_of_lifetime
        and coalesce(
            abs(published.approx_count_distinct_of_lifetime - computed.approx_count_distinct_of_lifetime)
            > 1e-12 * greatest(abs(published.approx_count_distinct_of_lifetime), abs(computed.approx_count_distinct_of_lifetime)),
            true
        )
    )
    then 'changed'
