-- daily_values
-- for mode_share_last_7_days
-- for mode_share_of_lifetime

-- attributes_this_run
'domain_userid', 'mode_share_last_7_days', 'mode_share_of_lifetime', 'updated_at'
mode_share_last_7_days_collected as (
cast(max(n) as double) / cast(sum(n) as double) as collected
mode_share_of_lifetime_collected as (
case
    when isfinite(try_cast(mode_share_of_lifetime_collected.collected as real))
        then try_cast(mode_share_of_lifetime_collected.collected as real)
end as mode_share_of_lifetime
left join mode_share_last_7_days_collected on mode_share_last_7_days_collected.domain_userid = merged.domain_userid
left join mode_share_of_lifetime_collected on mode_share_of_lifetime_collected.domain_userid = merged.domain_userid
when
    published.signals_copies > 1
    or (
        published.mode_share_last_7_days is distinct from computed.mode_share_last_7_days
        and coalesce(
            abs(published.mode_share_last_7_days - computed.mode_share_last_7_days)
            > 1e-12 * greatest(abs(published.mode_share_last_7_days), abs(computed.mode_share_last_7_days)),
            true
        )
    )
    or (
        published.mode_share_of_lifetime is distinct from computed.mode_share_of_lifetime
        and coalesce(
            abs(published.mode_share_of_lifetime - computed.mode_share_of_lifetime)
            > 1e-12 * greatest(abs(published.mode_share_of_lifetime), abs(computed.mode_share_of_lifetime)),
            true
        )
    )
    then 'changed'
