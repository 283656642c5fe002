-- Made by snowplow-batch-engine from view sum, version 1. Change the view, not this file.
{{ config(
    materialized='signals_append', schema='derived', tags=['signals_publish'],
    indexes=[{'columns': ['domain_userid'], 'type': 'hash'}, {'columns': ['day']}],
    pre_hook="{{ signals_replace_states(ref('sum_1_entity_days_to_process'), 'domain_userid') }}",
    post_hook=[
        "{{ signals_mark_aggregated(ref('sum_1_daily_aggregation_manifest'), ref('sum_1_days_to_process')) }}",
        "{{ signals_clear_entity_days(ref('sum_1_entity_day_manifest'), ref('sum_1_days_to_process')) }}"
    ]
) }}
-- depends_on: {{ ref('sum_1_entity_manifest') }}
{%- set entity_days = ref('sum_1_entity_days_to_process') %}

-- Partial states per entity and day.
with events as (

    select
        *,
        event_vendor = 'com.acme' and event_name = 'transaction' as is_transaction
    from {{ ref('sum_1_filtered_events') }}
    where {{ signals_in_entity_days(entity_days, 'domain_userid') }}

)

select
    domain_userid,
    day,
    count(*) as events,
    sum(
        case
            when abs(transaction_order_total_as_number) < 1e290 then transaction_order_total_as_number
            else transaction_order_total_as_number * cast('Infinity' as double precision)
        end
    ) as sum_transaction_order_total_as_number,
    sum(
        case
            when abs(transaction_order_total_as_number) < 1e290 then transaction_order_total_as_number
            else transaction_order_total_as_number * cast('Infinity' as double precision)
        end
    ) filter(
        where is_transaction
    ) as sum_transaction_order_total_as_number_2
from events
group by domain_userid, day
order by day, domain_userid
