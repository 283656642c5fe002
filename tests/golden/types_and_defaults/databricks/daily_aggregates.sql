-- Made by snowplow-batch-engine from view types_and_defaults, version 1. Change the view, not this file.
{{ config(
    materialized='signals_days', schema='derived', tags=['signals_publish'],
    liquid_clustered_by=['domain_userid', 'day'],
    days='types_and_defaults_1_days_to_process',
    post_hook=[
        "{{ signals_mark_aggregated(ref('types_and_defaults_1_daily_aggregation_manifest'), ref('types_and_defaults_1_days_to_process')) }}",
        "{{ signals_clear_entity_days(ref('types_and_defaults_1_entity_day_manifest'), ref('types_and_defaults_1_days_to_process')) }}"
    ]
) }}
-- depends_on: {{ ref('types_and_defaults_1_daily_values') }}
{%- set days = ref('types_and_defaults_1_days_to_process') %}

-- Partial states per entity and day.
with events as (

    select
        *
    from {{ ref('types_and_defaults_1_filtered_events') }}
    where {{ signals_in_days(days) }}

)

select
    domain_userid,
    day,
    count(*) as events,
    max_by(transaction_coupon, struct(event_tstamp, event_id)) filter(
        where transaction_coupon is not null
    ) as last_transaction_coupon
from events
group by domain_userid, day
order by day, domain_userid
