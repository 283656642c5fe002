-- attributes_this_run
cast(max(n) as double precision) / cast(sum(n) as double precision) as collected
(
    select
        case
            when abs(number) <= 7.006492321624085e-46 then 0
            when abs(number) < 3.4028235677973366e38 then cast(number as real)
        end
    from (select mode_share_of_lifetime_collected.collected as number) as computed
) as mode_share_of_lifetime
when
    published.signals_copies > 1
    or (
        published.mode_share_last_7_days is distinct from computed.mode_share_last_7_days
        and coalesce(
            abs(cast(published.mode_share_last_7_days as decimal) - cast(computed.mode_share_last_7_days as decimal))
            > 1e-12 * greatest(abs(cast(published.mode_share_last_7_days as decimal)), abs(cast(computed.mode_share_last_7_days as decimal))),
            true
        )
    )
    or published.mode_share_of_lifetime is distinct from computed.mode_share_of_lifetime
    then 'changed'
