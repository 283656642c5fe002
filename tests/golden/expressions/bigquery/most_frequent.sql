-- attributes_this_run
max(if(place = 1, fitting, null)) as collected
safe_cast(most_frequent_of_lifetime_collected.collected as bool) as most_frequent_of_lifetime
