-- attributes_this_run
case
    when count_distinct_last_7_days_collected.collected is null then cast(0 as bigint)
    else cast(count_distinct_last_7_days_collected.collected as bigint)
end as count_distinct_last_7_days
case
    when count_distinct_of_lifetime_collected.collected is null then cast(0 as double precision)
    else cast(count_distinct_of_lifetime_collected.collected as double precision)
end as count_distinct_of_lifetime
when
    published.signals_copies > 1
    or published.count_distinct_last_7_days is distinct from computed.count_distinct_last_7_days
    or (
        published.count_distinct_of_lifetime is distinct from computed.count_distinct_of_lifetime
        and coalesce(
            abs(cast(published.count_distinct_of_lifetime as decimal) - cast(computed.count_distinct_of_lifetime as decimal))
            > 1e-12 * greatest(abs(cast(published.count_distinct_of_lifetime as decimal)), abs(cast(computed.count_distinct_of_lifetime as decimal))),
            true
        )
    )
    then 'changed'
