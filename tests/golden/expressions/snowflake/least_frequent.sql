-- attributes_this_run
row_number() over (
    partition by domain_userid, fitting is null
    order by n asc, last_tstamp desc nulls last, last_event_id desc nulls last
) as place
case
    when (
        regexp_like(
            least_frequent_of_lifetime_collected.collected,
            '[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?'
        )
        and abs(try_to_double(least_frequent_of_lifetime_collected.collected)) < to_double('inf')
    )
        then try_to_double(least_frequent_of_lifetime_collected.collected)
end as least_frequent_of_lifetime
when
    published.signals_copies > 1
    or published.least_frequent_last_7_days is distinct from computed.least_frequent_last_7_days
    or (
        published.least_frequent_of_lifetime is distinct from computed.least_frequent_of_lifetime
        and coalesce(
            abs(published.least_frequent_of_lifetime / nullif(greatest(abs(published.least_frequent_of_lifetime), abs(computed.least_frequent_of_lifetime)), 0) - computed.least_frequent_of_lifetime / nullif(greatest(abs(published.least_frequent_of_lifetime), abs(computed.least_frequent_of_lifetime)), 0))
            > 1e-12,
            true
        )
    )
    then 'changed'
