-- daily_aggregates
days='kept_1_days_out_of_date'
