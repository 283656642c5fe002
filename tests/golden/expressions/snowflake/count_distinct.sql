-- attributes_this_run
case
    when count_distinct_last_7_days_collected.collected is null then cast(0 as number(19, 0))
    else cast(count_distinct_last_7_days_collected.collected as number(19, 0))
end as count_distinct_last_7_days
case
    when count_distinct_of_lifetime_collected.collected is null then cast(0 as double)
    else cast(count_distinct_of_lifetime_collected.collected as double)
end as count_distinct_of_lifetime
when
    published.signals_copies > 1
    or published.count_distinct_last_7_days is distinct from computed.count_distinct_last_7_days
    or (
        published.count_distinct_of_lifetime is distinct from computed.count_distinct_of_lifetime
        and coalesce(
            abs(published.count_distinct_of_lifetime / nullif(greatest(abs(published.count_distinct_of_lifetime), abs(computed.count_distinct_of_lifetime)), 0) - computed.count_distinct_of_lifetime / nullif(greatest(abs(published.count_distinct_of_lifetime), abs(computed.count_distinct_of_lifetime)), 0))
            > 1e-12,
            true
        )
    )
    then 'changed'
