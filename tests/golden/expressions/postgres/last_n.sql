-- attributes_this_run
coalesce(last_n_last_7_days_collected.collected, cast(array[] as text[])) as last_n_last_7_days
coalesce(last_n_of_lifetime_collected.collected, cast(array[] as bigint[])) as last_n_of_lifetime
