-- daily_values
-- for least_frequent_last_7_days
-- for least_frequent_of_lifetime

-- attributes_this_run
'domain_userid', 'least_frequent_last_7_days', 'least_frequent_of_lifetime', 'updated_at'
least_frequent_last_7_days_collected as (
row_number() over (
    partition by domain_userid, fitting is null
    order by n asc, last_tstamp desc, last_event_id desc
) as place
least_frequent_of_lifetime_collected as (
case
    when (
        regexp_full_match(
            least_frequent_of_lifetime_collected.collected,
            '[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?'
        )
        and isfinite(try_cast(least_frequent_of_lifetime_collected.collected as double))
    )
        then try_cast(least_frequent_of_lifetime_collected.collected as double)
end as least_frequent_of_lifetime
left join least_frequent_last_7_days_collected on least_frequent_last_7_days_collected.domain_userid = merged.domain_userid
left join least_frequent_of_lifetime_collected on least_frequent_of_lifetime_collected.domain_userid = merged.domain_userid
when
    published.signals_copies > 1
    or published.least_frequent_last_7_days is distinct from computed.least_frequent_last_7_days
    or (
        published.least_frequent_of_lifetime is distinct from computed.least_frequent_of_lifetime
        and coalesce(
            abs(published.least_frequent_of_lifetime - computed.least_frequent_of_lifetime)
            > 1e-12 * greatest(abs(published.least_frequent_of_lifetime), abs(computed.least_frequent_of_lifetime)),
            true
        )
    )
    then 'changed'
