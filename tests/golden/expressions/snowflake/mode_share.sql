-- attributes_this_run
case
    when abs(mode_share_of_lifetime_collected.collected) <= 7.006492321624085e-46 then 0e0
    when abs(mode_share_of_lifetime_collected.collected) < 3.4028235677973366e38
        then mode_share_of_lifetime_collected.collected
end as mode_share_of_lifetime
when
    published.signals_copies > 1
    or (
        published.mode_share_last_7_days is distinct from computed.mode_share_last_7_days
        and coalesce(
            abs(published.mode_share_last_7_days / nullif(greatest(abs(published.mode_share_last_7_days), abs(computed.mode_share_last_7_days)), 0) - computed.mode_share_last_7_days / nullif(greatest(abs(published.mode_share_last_7_days), abs(computed.mode_share_last_7_days)), 0))
            > 1e-12,
            true
        )
    )
    or (
        published.mode_share_of_lifetime is distinct from computed.mode_share_of_lifetime
        and coalesce(
            abs(published.mode_share_of_lifetime / nullif(greatest(abs(published.mode_share_of_lifetime), abs(computed.mode_share_of_lifetime)), 0) - computed.mode_share_of_lifetime / nullif(greatest(abs(published.mode_share_of_lifetime), abs(computed.mode_share_of_lifetime)), 0))
            > 1e-12,
            true
        )
    )
    then 'changed'
