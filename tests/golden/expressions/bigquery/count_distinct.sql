-- attributes_this_run
case
    when count_distinct_last_7_days_collected.collected is null then cast(0 as int64)
    else cast(count_distinct_last_7_days_collected.collected as int64)
end as count_distinct_last_7_days
case
    when count_distinct_of_lifetime_collected.collected is null then cast(0 as float64)
    else cast(count_distinct_of_lifetime_collected.collected as float64)
end as count_distinct_of_lifetime
when
    published.signals_copies > 1
    or published.count_distinct_last_7_days is distinct from computed.count_distinct_last_7_days
    or (
        published.count_distinct_of_lifetime is distinct from computed.count_distinct_of_lifetime
        and coalesce(
            abs(safe_subtract(published.count_distinct_of_lifetime, computed.count_distinct_of_lifetime))
            > 1e-12 * greatest(abs(published.count_distinct_of_lifetime), abs(computed.count_distinct_of_lifetime)),
            true
        )
    )
    then 'changed'
