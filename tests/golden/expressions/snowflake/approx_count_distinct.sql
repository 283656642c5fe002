-- attributes_this_run
case
    when approx_count_distinct_last_7_days_collected.collected is null then cast(0 as number(19, 0))
    else cast(approx_count_distinct_last_7_days_collected.collected as number(19, 0))
end as approx_count_distinct_last_7_days
case
    when approx_count_distinct_of_lifetime_collected.collected is null then cast(0 as double)
    else cast(approx_count_distinct_of_lifetime_collected.collected as double)
end as approx_count_distinct_of_lifetime
when
    published.signals_copies > 1
    or published.approx_count_distinct_last_7_days is distinct from computed.approx_count_distinct_last_7_days
    or (
        published.approx_count_distinct_of_lifetime is distinct from computed.approx_count_distinct_of_lifetime
        and coalesce(
            abs(published.approx_count_distinct_of_lifetime / nullif(greatest(abs(published.approx_count_distinct_of_lifetime), abs(computed.approx_count_distinct_of_lifetime)), 0) - computed.approx_count_distinct_of_lifetime / nullif(greatest(abs(published.approx_count_distinct_of_lifetime), abs(computed.approx_count_distinct_of_lifetime)), 0))
            > 1e-12,
            true
        )
    )
    then 'changed'
