-- attributes_this_run
jsonb_object_agg(fitting, n) filter(where place <= 100) as collected
coalesce(category_count_last_7_days_collected.collected, cast('{}' as jsonb)) as category_count_last_7_days
coalesce(category_count_of_lifetime_collected.collected, cast('{}' as jsonb)) as category_count_of_lifetime
