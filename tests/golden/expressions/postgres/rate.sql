-- attributes_this_run
cast(merged.count_events_of_rate_last_7_days_last_7_days as double precision)
/ nullif(cast(merged.count_events_last_7_days as double precision), 0) as rate_last_7_days
(
    select
        case
            when abs(number) <= 7.006492321624085e-46 then 0
            when abs(number) < 3.4028235677973366e38 then cast(number as real)
        end
    from (
        select
            cast(merged.count_transaction_of_rate_of_lifetime as double precision)
            / nullif(cast(merged.count_transaction as double precision), 0) as number
    ) as computed
) as rate_of_lifetime
when
    published.signals_copies > 1
    or (
        published.rate_last_7_days is distinct from computed.rate_last_7_days
        and coalesce(
            abs(cast(published.rate_last_7_days as decimal) - cast(computed.rate_last_7_days as decimal))
            > 1e-12 * greatest(abs(cast(published.rate_last_7_days as decimal)), abs(cast(computed.rate_last_7_days as decimal))),
            true
        )
    )
    or published.rate_of_lifetime is distinct from computed.rate_of_lifetime
    then 'changed'
