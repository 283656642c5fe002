-- attributes_this_run
cast(max(n) as float64) / cast(sum(n) as float64) as collected
case
    when abs(mode_share_of_lifetime_collected.collected) < 1.1754943508222875e-38
        then (mode_share_of_lifetime_collected.collected + 9.466330862652142e-30) - 9.466330862652142e-30
    when abs(mode_share_of_lifetime_collected.collected) < 3.4028235677973366e38
        then mode_share_of_lifetime_collected.collected * 536870913e0 - (mode_share_of_lifetime_collected.collected * 536870913e0 - mode_share_of_lifetime_collected.collected)
end as mode_share_of_lifetime
when
    published.signals_copies > 1
    or (
        published.mode_share_last_7_days is distinct from computed.mode_share_last_7_days
        and coalesce(
            abs(safe_subtract(published.mode_share_last_7_days, computed.mode_share_last_7_days))
            > 1e-12 * greatest(abs(published.mode_share_last_7_days), abs(computed.mode_share_last_7_days)),
            true
        )
    )
    or (
        published.mode_share_of_lifetime is distinct from computed.mode_share_of_lifetime
        and coalesce(
            abs(safe_subtract(published.mode_share_of_lifetime, computed.mode_share_of_lifetime))
            > 1e-12 * greatest(abs(published.mode_share_of_lifetime), abs(computed.mode_share_of_lifetime)),
            true
        )
    )
    then 'changed'
