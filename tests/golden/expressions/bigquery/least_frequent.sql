-- attributes_this_run
row_number() over (
    partition by domain_userid, fitting is null
    order by n asc nulls last, last_tstamp desc, last_event_id desc
) as place
if(
    regexp_contains(
        least_frequent_of_lifetime_collected.collected,
        '^(?:[+-]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d+)?)\\z'
    )
    and abs(safe_cast(least_frequent_of_lifetime_collected.collected as float64)) <= 1.7976931348623157e308,
    safe_cast(least_frequent_of_lifetime_collected.collected as float64),
    null
) as least_frequent_of_lifetime
when
    published.signals_copies > 1
    or published.least_frequent_last_7_days is distinct from computed.least_frequent_last_7_days
    or (
        published.least_frequent_of_lifetime is distinct from computed.least_frequent_of_lifetime
        and coalesce(
            abs(safe_subtract(published.least_frequent_of_lifetime, computed.least_frequent_of_lifetime))
            > 1e-12 * greatest(abs(published.least_frequent_of_lifetime), abs(computed.least_frequent_of_lifetime)),
            true
        )
    )
    then 'changed'
