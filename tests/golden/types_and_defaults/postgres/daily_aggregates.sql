-- Made by snowplow-batch-engine from view types_and_defaults, version 1. Change the view, not this file.
{{ config(
    materialized='signals_append', schema='derived', tags=['signals_publish'],
    indexes=[{'columns': ['domain_userid'], 'type': 'hash'}, {'columns': ['day']}],
    pre_hook="{{ signals_replace_states(ref('types_and_defaults_1_entity_days_to_process'), 'domain_userid') }}",
    post_hook=[
        "{{ signals_mark_aggregated(ref('types_and_defaults_1_daily_aggregation_manifest'), ref('types_and_defaults_1_days_to_process')) }}",
        "{{ signals_clear_entity_days(ref('types_and_defaults_1_entity_day_manifest'), ref('types_and_defaults_1_days_to_process')) }}"
    ]
) }}
-- depends_on: {{ ref('types_and_defaults_1_daily_values') }}
{%- set entity_days = ref('types_and_defaults_1_entity_days_to_process') %}

-- Partial states per entity and day.
with events as (

    select
        *
    from {{ ref('types_and_defaults_1_filtered_events') }}
    where {{ signals_in_entity_days(entity_days, 'domain_userid') }}

)

select
    domain_userid,
    day,
    count(*) as events,
    (
        array_agg(transaction_coupon order by event_tstamp desc, event_id desc) filter(
            where transaction_coupon is not null
        )
    )[1] as last_transaction_coupon
from events
group by domain_userid, day
order by day, domain_userid
