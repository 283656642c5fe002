-- attributes_this_run
array_agg(if(place <= 100, struct(fitting as key, n as value), null) ignore nulls order by place asc) as collected
coalesce(
    category_count_last_7_days_collected.collected,
    array<struct<key string, value int64>>[]
) as category_count_last_7_days
coalesce(
    category_count_of_lifetime_collected.collected,
    array<struct<key string, value int64>>[]
) as category_count_of_lifetime
when
    published.signals_copies > 1
    or to_json_string(published.category_count_last_7_days) is distinct from to_json_string(computed.category_count_last_7_days)
    or to_json_string(published.category_count_of_lifetime) is distinct from to_json_string(computed.category_count_of_lifetime)
    then 'changed'
