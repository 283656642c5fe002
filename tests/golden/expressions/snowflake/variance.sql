-- attributes_this_run
when
    published.signals_copies > 1
    or (
        published.variance_last_7_days is distinct from computed.variance_last_7_days
        and coalesce(
            abs(published.variance_last_7_days / nullif(greatest(abs(published.variance_last_7_days), abs(computed.variance_last_7_days)), 0) - computed.variance_last_7_days / nullif(greatest(abs(published.variance_last_7_days), abs(computed.variance_last_7_days)), 0))
            > 1e-12,
            true
        )
    )
    or (
        published.variance_of_lifetime is distinct from computed.variance_of_lifetime
        and coalesce(
            abs(published.variance_of_lifetime / nullif(greatest(abs(published.variance_of_lifetime), abs(computed.variance_of_lifetime)), 0) - computed.variance_of_lifetime / nullif(greatest(abs(published.variance_of_lifetime), abs(computed.variance_of_lifetime)), 0))
            > 1e-12,
            true
        )
    )
    then 'changed'
