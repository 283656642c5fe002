-- base_events_this_run
{{ signals_value(
    columns, 'text',
    column='unstruct_event_com_acme_transaction_1',
    typed='unstruct_event_com_acme_transaction_1.order_total',
    path=['order_total'],
    json='json_extract(unstruct_event_com_acme_transaction_1, \x27$."orderTotal"\x27)'
) }} as transaction_order_total

-- daily_values
-- for percentile_last_7_days
where transaction_order_total is not null
group by domain_userid, day, chunk, transaction_order_total
-- for percentile_of_lifetime
where is_transaction and transaction_order_total is not null

-- attributes_this_run
'domain_userid', 'percentile_last_7_days', 'percentile_of_lifetime', 'updated_at'
values_transaction_order_total_last_7_days as (
slot = 'values_transaction_order_total'
percentile_last_7_days_collected as (
case
    when min(fitting) filter(where upto > floor(place)) = min(fitting) filter(where upto > ceil(place))
        then min(fitting) filter(where upto > floor(place))
    else min(fitting) filter(where upto > floor(place)) * (1 - max(place - floor(place)))
    + min(fitting) filter(where upto > ceil(place)) * max(place - floor(place))
end as collected
cast(0.95e0 as double) * cast(events - 1 as double) as place
sum(n) over (
    partition by domain_userid
    order by fitting, value
    rows between unbounded preceding and current row
) as upto
sum(n) over (partition by domain_userid) as events
case
    when (
        regexp_full_match(value, '[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?')
        and isfinite(try_cast(value as double))
    )
        then try_cast(value as double)
end as fitting
from values_transaction_order_total_last_7_days
where fitting is not null
) as counted
) as placed
values_transaction_order_total_2 as (
slot = 'values_transaction_order_total_2'
slot = 'values_transaction_order_total_2' and {{ signals_in_history(history, 'domain_userid') }}
percentile_of_lifetime_collected as (
from values_transaction_order_total_2
case
    when isfinite(try_cast(percentile_of_lifetime_collected.collected as real))
        then try_cast(percentile_of_lifetime_collected.collected as real)
end as percentile_of_lifetime
left join percentile_last_7_days_collected on percentile_last_7_days_collected.domain_userid = merged.domain_userid
left join percentile_of_lifetime_collected on percentile_of_lifetime_collected.domain_userid = merged.domain_userid
when
    published.signals_copies > 1
    or (
        published.percentile_last_7_days is distinct from computed.percentile_last_7_days
        and coalesce(
            abs(published.percentile_last_7_days - computed.percentile_last_7_days)
            > 1e-12 * greatest(abs(published.percentile_last_7_days), abs(computed.percentile_last_7_days)),
            true
        )
    )
    or (
        published.percentile_of_lifetime is distinct from computed.percentile_of_lifetime
        and coalesce(
            abs(published.percentile_of_lifetime - computed.percentile_of_lifetime)
            > 1e-12 * greatest(abs(published.percentile_of_lifetime), abs(computed.percentile_of_lifetime)),
            true
        )
    )
    then 'changed'
