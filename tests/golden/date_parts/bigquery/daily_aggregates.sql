-- Made by snowplow-batch-engine from view date_parts, version 1. Change the view, not this file.
{{ config(
    materialized='signals_days', schema='derived', tags=['signals_publish'],
    partition_by={'field': 'day', 'data_type': 'date'},
    cluster_by=['domain_userid'],
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
    array_agg(if(transaction_paid_at_hour_of_day is not null, transaction_paid_at_hour_of_day, null) ignore nulls order by event_tstamp desc, event_id desc limit 1)[safe_offset(0)] as last_transaction_paid_at_hour_of_day,
    array_agg(if(transaction_paid_at_day_of_week is not null, transaction_paid_at_day_of_week, null) ignore nulls order by event_tstamp desc, event_id desc limit 1)[safe_offset(0)] as last_transaction_paid_at_day_of_week,
    array_agg(if(transaction_paid_at_month_of_year is not null, transaction_paid_at_month_of_year, null) ignore nulls order by event_tstamp desc, event_id desc limit 1)[safe_offset(0)] as last_transaction_paid_at_month_of_year,
    array_agg(if(transaction_paid_at_active_day is not null, transaction_paid_at_active_day, null) ignore nulls order by event_tstamp desc, event_id desc limit 1)[safe_offset(0)] as last_transaction_paid_at_active_day,
    array_agg(if(transaction_paid_at_active_week is not null, transaction_paid_at_active_week, null) ignore nulls order by event_tstamp desc, event_id desc limit 1)[safe_offset(0)] as last_transaction_paid_at_active_week,
    array_agg(if(transaction_paid_at_active_month is not null, transaction_paid_at_active_month, null) ignore nulls order by event_tstamp desc, event_id desc limit 1)[safe_offset(0)] as last_transaction_paid_at_active_month,
    max(derived_tstamp_hour_of_day_as_number) as max_derived_tstamp_hour_of_day_as_number
from events
group by domain_userid, day
order by day, domain_userid
