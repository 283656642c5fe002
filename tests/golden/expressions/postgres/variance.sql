-- attributes_this_run
when
    published.signals_copies > 1
    or (
        published.variance_last_7_days is distinct from computed.variance_last_7_days
        and coalesce(
            abs(cast(published.variance_last_7_days as decimal) - cast(computed.variance_last_7_days as decimal))
            > 1e-12 * greatest(abs(cast(published.variance_last_7_days as decimal)), abs(cast(computed.variance_last_7_days as decimal))),
            true
        )
    )
    or (
        published.variance_of_lifetime is distinct from computed.variance_of_lifetime
        and coalesce(
            abs(cast(published.variance_of_lifetime as decimal) - cast(computed.variance_of_lifetime as decimal))
            > 1e-12 * greatest(abs(cast(published.variance_of_lifetime as decimal)), abs(cast(computed.variance_of_lifetime as decimal))),
            true
        )
    )
    then 'changed'
