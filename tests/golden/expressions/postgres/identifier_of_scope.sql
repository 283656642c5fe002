-- daily_aggregates
indexes=[{'columns': ['app_id'], 'type': 'hash'}, {'columns': ['day']}]
