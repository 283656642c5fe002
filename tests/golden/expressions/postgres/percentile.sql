-- base_events_this_run
{{ signals_value(
    columns, 'text',
    column='unstruct_event_com_acme_transaction_1',
    typed='to_jsonb(unstruct_event_com_acme_transaction_1) -> \x27order_total\x27',
    path=['order_total'],
    json='unstruct_event_com_acme_transaction_1 -> \x27orderTotal\x27'
) }} as transaction_order_total

-- attributes_this_run
case
    when min(fitting) filter(where upto > floor(place)) = min(fitting) filter(where upto > ceil(place))
        then min(fitting) filter(where upto > floor(place))
    else case
        when (
            abs(min(fitting) filter(where upto > floor(place))) > 1e-290
            and (1 - max(place - floor(place))) > 1e-16
        )
            then min(fitting) filter(where upto > floor(place)) * (1 - max(place - floor(place)))
        else 0
    end
    + case
        when (
            abs(min(fitting) filter(where upto > ceil(place))) > 1e-290
            and max(place - floor(place)) > 1e-16
        )
            then min(fitting) filter(where upto > ceil(place)) * max(place - floor(place))
        else 0
    end
end as collected
cast(0.95e0 as double precision) * cast(events - 1 as double precision) as place
case
    when value ~ '^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$'
        then case
            when jsonb_path_exists(to_jsonb(value), '$.double()', silent => true) then cast(value as double precision)
            when value ~ '[eE]-|[.]0{250}' then 0
        end
end as fitting
(
    select
        case
            when abs(number) <= 7.006492321624085e-46 then 0
            when abs(number) < 3.4028235677973366e38 then cast(number as real)
        end
    from (select percentile_of_lifetime_collected.collected as number) as computed
) as percentile_of_lifetime
when
    published.signals_copies > 1
    or (
        published.percentile_last_7_days is distinct from computed.percentile_last_7_days
        and coalesce(
            abs(cast(published.percentile_last_7_days as decimal) - cast(computed.percentile_last_7_days as decimal))
            > 1e-12 * greatest(abs(cast(published.percentile_last_7_days as decimal)), abs(cast(computed.percentile_last_7_days as decimal))),
            true
        )
    )
    or published.percentile_of_lifetime is distinct from computed.percentile_of_lifetime
    then 'changed'
