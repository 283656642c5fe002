-- attributes_this_run
object_agg(case when place <= 100 then fitting end, to_variant(cast(n as number(19, 0)))) as collected
coalesce(category_count_last_7_days_collected.collected, object_construct()) as category_count_last_7_days
coalesce(category_count_of_lifetime_collected.collected, object_construct()) as category_count_of_lifetime
when
    published.signals_copies > 1
    or to_json(published.category_count_last_7_days) is distinct from to_json(computed.category_count_last_7_days)
    or to_json(published.category_count_of_lifetime) is distinct from to_json(computed.category_count_of_lifetime)
    then 'changed'
