-- daily_aggregates
liquid_clustered_by=['app_id', 'day']
