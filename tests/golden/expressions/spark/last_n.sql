-- attributes_this_run
coalesce(last_n_last_7_days_collected.collected, cast(array() as array<string>)) as last_n_last_7_days
coalesce(last_n_of_lifetime_collected.collected, cast(array() as array<bigint>)) as last_n_of_lifetime
