-- Made by snowplow-batch-engine from view date_parts, version 1. Change the view, not this file.
{{ config(
    materialized='signals_days', schema='derived', tags=['signals_publish'],
    liquid_clustered_by=['domain_userid', 'day'],
    days='date_parts_1_days_to_process',
    post_hook=[
        "{{ signals_mark_aggregated(ref('date_parts_1_daily_aggregation_manifest'), ref('date_parts_1_days_to_process')) }}",
        "{{ signals_clear_entity_days(ref('date_parts_1_entity_day_manifest'), ref('date_parts_1_days_to_process')) }}"
    ]
) }}
-- depends_on: {{ ref('date_parts_1_entity_manifest') }}
{%- set days = ref('date_parts_1_days_to_process') %}

-- Partial states per entity and day.
with events as (

    select
        *
    from {{ ref('date_parts_1_filtered_events') }}
    where {{ signals_in_days(days) }}

)

select
    domain_userid,
    day,
    count(*) as events,
    max_by(transaction_paid_at_hour_of_day, struct(event_tstamp, event_id)) filter(
        where transaction_paid_at_hour_of_day is not null
    ) as last_transaction_paid_at_hour_of_day,
    max_by(transaction_paid_at_day_of_week, struct(event_tstamp, event_id)) filter(
        where transaction_paid_at_day_of_week is not null
    ) as last_transaction_paid_at_day_of_week,
    max_by(transaction_paid_at_month_of_year, struct(event_tstamp, event_id)) filter(
        where transaction_paid_at_month_of_year is not null
    ) as last_transaction_paid_at_month_of_year,
    max_by(transaction_paid_at_active_day, struct(event_tstamp, event_id)) filter(
        where transaction_paid_at_active_day is not null
    ) as last_transaction_paid_at_active_day,
    max_by(transaction_paid_at_active_week, struct(event_tstamp, event_id)) filter(
        where transaction_paid_at_active_week is not null
    ) as last_transaction_paid_at_active_week,
    max_by(transaction_paid_at_active_month, struct(event_tstamp, event_id)) filter(
        where transaction_paid_at_active_month is not null
    ) as last_transaction_paid_at_active_month,
    max(derived_tstamp_hour_of_day_as_number) as max_derived_tstamp_hour_of_day_as_number
from events
group by domain_userid, day
order by day, domain_userid
