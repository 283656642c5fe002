-- Made by snowplow-batch-engine from view date_parts, version 1. Change the view, not this file.
{{ config(
    materialized='signals_append', schema='derived', tags=['signals_publish'],
    indexes=[{'columns': ['domain_userid'], 'type': 'hash'}, {'columns': ['day']}],
    pre_hook="{{ signals_replace_states(ref('date_parts_1_entity_days_to_process'), 'domain_userid') }}",
    post_hook=[
        "{{ signals_mark_aggregated(ref('date_parts_1_daily_aggregation_manifest'), ref('date_parts_1_days_to_process')) }}",
        "{{ signals_clear_entity_days(ref('date_parts_1_entity_day_manifest'), ref('date_parts_1_days_to_process')) }}"
    ]
) }}
-- depends_on: {{ ref('date_parts_1_entity_manifest') }}
{%- set entity_days = ref('date_parts_1_entity_days_to_process') %}

-- Partial states per entity and day.
with events as (

    select
        *
    from {{ ref('date_parts_1_filtered_events') }}
    where {{ signals_in_entity_days(entity_days, 'domain_userid') }}

)

select
    domain_userid,
    day,
    count(*) as events,
    (
        array_agg(transaction_paid_at_hour_of_day order by event_tstamp desc, event_id desc) filter(
            where transaction_paid_at_hour_of_day is not null
        )
    )[1] as last_transaction_paid_at_hour_of_day,
    (
        array_agg(transaction_paid_at_day_of_week order by event_tstamp desc, event_id desc) filter(
            where transaction_paid_at_day_of_week is not null
        )
    )[1] as last_transaction_paid_at_day_of_week,
    (
        array_agg(transaction_paid_at_month_of_year order by event_tstamp desc, event_id desc) filter(
            where transaction_paid_at_month_of_year is not null
        )
    )[1] as last_transaction_paid_at_month_of_year,
    (
        array_agg(transaction_paid_at_active_day order by event_tstamp desc, event_id desc) filter(
            where transaction_paid_at_active_day is not null
        )
    )[1] as last_transaction_paid_at_active_day,
    (
        array_agg(transaction_paid_at_active_week order by event_tstamp desc, event_id desc) filter(
            where transaction_paid_at_active_week is not null
        )
    )[1] as last_transaction_paid_at_active_week,
    (
        array_agg(transaction_paid_at_active_month order by event_tstamp desc, event_id desc) filter(
            where transaction_paid_at_active_month is not null
        )
    )[1] as last_transaction_paid_at_active_month,
    max(derived_tstamp_hour_of_day_as_number) as max_derived_tstamp_hour_of_day_as_number
from events
group by domain_userid, day
order by day, domain_userid
