-- attributes_this_run
coalesce(last_n_last_7_days_collected.collected, array_construct()) as last_n_last_7_days
coalesce(last_n_of_lifetime_collected.collected, array_construct()) as last_n_of_lifetime
when
    published.signals_copies > 1
    or to_json(published.last_n_last_7_days) is distinct from to_json(computed.last_n_last_7_days)
    or to_json(published.last_n_of_lifetime) is distinct from to_json(computed.last_n_of_lifetime)
    then 'changed'
