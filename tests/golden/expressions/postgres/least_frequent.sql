-- attributes_this_run
row_number() over (
    partition by domain_userid, fitting is null
    order by n asc, last_tstamp desc nulls last, last_event_id desc nulls last
) as place
case
    when least_frequent_of_lifetime_collected.collected ~ '^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$'
        then case
            when jsonb_path_exists(
                to_jsonb(least_frequent_of_lifetime_collected.collected),
                '$.double()',
                silent => true
            )
                then cast(least_frequent_of_lifetime_collected.collected as double precision)
            when least_frequent_of_lifetime_collected.collected ~ '[eE]-|[.]0{250}' then 0
        end
end as least_frequent_of_lifetime
when
    published.signals_copies > 1
    or published.least_frequent_last_7_days is distinct from computed.least_frequent_last_7_days
    or (
        published.least_frequent_of_lifetime is distinct from computed.least_frequent_of_lifetime
        and coalesce(
            abs(cast(published.least_frequent_of_lifetime as decimal) - cast(computed.least_frequent_of_lifetime as decimal))
            > 1e-12 * greatest(abs(cast(published.least_frequent_of_lifetime as decimal)), abs(cast(computed.least_frequent_of_lifetime as decimal))),
            true
        )
    )
    then 'changed'
