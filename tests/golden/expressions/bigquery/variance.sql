-- attributes_this_run
when
    published.signals_copies > 1
    or (
        published.variance_last_7_days is distinct from computed.variance_last_7_days
        and coalesce(
            abs(safe_subtract(published.variance_last_7_days, computed.variance_last_7_days))
            > 1e-12 * greatest(abs(published.variance_last_7_days), abs(computed.variance_last_7_days)),
            true
        )
    )
    or (
        published.variance_of_lifetime is distinct from computed.variance_of_lifetime
        and coalesce(
            abs(safe_subtract(published.variance_of_lifetime, computed.variance_of_lifetime))
            > 1e-12 * greatest(abs(published.variance_of_lifetime), abs(computed.variance_of_lifetime)),
            true
        )
    )
    then 'changed'
