-- base_events_this_run
{{ signals_value(
    columns, 'text',
    column='unstruct_event_com_acme_transaction_1',
    typed='unstruct_event_com_acme_transaction_1.order_total',
    path=['order_total'],
    json='unstruct_event_com_acme_transaction_1[\x27orderTotal\x27]'
) }} as transaction_order_total

-- attributes_this_run
case
    when min(if(upto > floor(place), fitting, null)) = min(if(upto > ceil(place), fitting, null))
        then min(if(upto > floor(place), fitting, null))
    else min(if(upto > floor(place), fitting, null)) * (1 - max(place - floor(place)))
    + min(if(upto > ceil(place), fitting, null)) * max(place - floor(place))
end as collected
cast(0.95e0 as float64) * cast(events - 1 as float64) as place
if(
    regexp_contains(value, '^(?:[+-]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d+)?)\\z')
    and abs(safe_cast(value as float64)) <= 1.7976931348623157e308,
    safe_cast(value as float64),
    null
) as fitting
case
    when abs(percentile_of_lifetime_collected.collected) < 1.1754943508222875e-38
        then (percentile_of_lifetime_collected.collected + 9.466330862652142e-30) - 9.466330862652142e-30
    when abs(percentile_of_lifetime_collected.collected) < 3.4028235677973366e38
        then percentile_of_lifetime_collected.collected * 536870913e0 - (percentile_of_lifetime_collected.collected * 536870913e0 - percentile_of_lifetime_collected.collected)
end as percentile_of_lifetime
when
    published.signals_copies > 1
    or (
        published.percentile_last_7_days is distinct from computed.percentile_last_7_days
        and coalesce(
            abs(safe_subtract(published.percentile_last_7_days, computed.percentile_last_7_days))
            > 1e-12 * greatest(abs(published.percentile_last_7_days), abs(computed.percentile_last_7_days)),
            true
        )
    )
    or (
        published.percentile_of_lifetime is distinct from computed.percentile_of_lifetime
        and coalesce(
            abs(safe_subtract(published.percentile_of_lifetime, computed.percentile_of_lifetime))
            > 1e-12 * greatest(abs(published.percentile_of_lifetime), abs(computed.percentile_of_lifetime)),
            true
        )
    )
    then 'changed'
