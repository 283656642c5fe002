-- attributes_this_run
map_from_entries(
    transform(
        array_sort(
            collect_list(named_struct('col1', place, 'col2', fitting, 'col3', n)) filter(where place <= 100)
        ),
        one -> struct(one.col2, one.col3)
    )
) as collected
coalesce(category_count_last_7_days_collected.collected, cast(map() as map<string, bigint>)) as category_count_last_7_days
coalesce(category_count_of_lifetime_collected.collected, cast(map() as map<string, bigint>)) as category_count_of_lifetime
when
    published.signals_copies > 1
    or array_sort(map_entries(published.category_count_last_7_days)) is distinct from array_sort(map_entries(computed.category_count_last_7_days))
    or array_sort(map_entries(published.category_count_of_lifetime)) is distinct from array_sort(map_entries(computed.category_count_of_lifetime))
    then 'changed'
