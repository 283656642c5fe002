-- daily_aggregates
liquid_clustered_by=['sku', 'day']
