-- base_events_this_run
{{ signals_value(
    columns, 'text',
    column='unstruct_event_com_acme_transaction_1',
    typed='unstruct_event_com_acme_transaction_1[\x27orderTotal\x27]',
    path=['orderTotal'],
    json='unstruct_event_com_acme_transaction_1[\x27orderTotal\x27]'
) }} as transaction_order_total

-- attributes_this_run
case
    when min(case when upto > floor(place) then fitting end)
    = min(case when upto > ceil(place) then fitting end)
        then min(case when upto > floor(place) then fitting end)
    else min(case when upto > floor(place) then fitting end) * (1 - max(place - floor(place)))
    + min(case when upto > ceil(place) then fitting end) * max(place - floor(place))
end as collected
case
    when (
        regexp_like(value, '[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?')
        and abs(try_to_double(value)) < to_double('inf')
    )
        then try_to_double(value)
end as fitting
case
    when abs(percentile_of_lifetime_collected.collected) <= 7.006492321624085e-46 then 0e0
    when abs(percentile_of_lifetime_collected.collected) < 3.4028235677973366e38
        then percentile_of_lifetime_collected.collected
end as percentile_of_lifetime
when
    published.signals_copies > 1
    or (
        published.percentile_last_7_days is distinct from computed.percentile_last_7_days
        and coalesce(
            abs(published.percentile_last_7_days / nullif(greatest(abs(published.percentile_last_7_days), abs(computed.percentile_last_7_days)), 0) - computed.percentile_last_7_days / nullif(greatest(abs(published.percentile_last_7_days), abs(computed.percentile_last_7_days)), 0))
            > 1e-12,
            true
        )
    )
    or (
        published.percentile_of_lifetime is distinct from computed.percentile_of_lifetime
        and coalesce(
            abs(published.percentile_of_lifetime / nullif(greatest(abs(published.percentile_of_lifetime), abs(computed.percentile_of_lifetime)), 0) - computed.percentile_of_lifetime / nullif(greatest(abs(published.percentile_of_lifetime), abs(computed.percentile_of_lifetime)), 0))
            > 1e-12,
            true
        )
    )
    then 'changed'
