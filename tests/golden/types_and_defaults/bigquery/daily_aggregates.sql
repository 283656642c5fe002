-- Made by snowplow-batch-engine from view types_and_defaults, version 1. Change the view, not this file.
{{ config(
    materialized='signals_days', schema='derived', tags=['signals_publish'],
    partition_by={'field': 'day', 'data_type': 'date'},
    cluster_by=['domain_userid'],
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
    array_agg(if(transaction_coupon is not null, transaction_coupon, null) ignore nulls order by event_tstamp desc, event_id desc limit 1)[safe_offset(0)] as last_transaction_coupon
from events
group by domain_userid, day
order by day, domain_userid
