-- daily_aggregates
days='kept_1_days_to_process'
{%- set days = ref('kept_1_days_to_process') %}
