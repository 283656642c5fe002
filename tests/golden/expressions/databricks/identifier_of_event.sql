-- daily_aggregates
liquid_clustered_by=['order_id', 'day']
