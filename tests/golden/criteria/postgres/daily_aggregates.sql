-- Made by snowplow-batch-engine from view criteria, version 1. Change the view, not this file.
{{ config(
    materialized='signals_append', schema='derived', tags=['signals_publish'],
    indexes=[{'columns': ['domain_userid'], 'type': 'hash'}, {'columns': ['day']}],
    pre_hook="{{ signals_replace_states(ref('criteria_1_entity_days_to_process'), 'domain_userid') }}",
    post_hook=[
        "{{ signals_mark_aggregated(ref('criteria_1_daily_aggregation_manifest'), ref('criteria_1_days_to_process')) }}",
        "{{ signals_clear_entity_days(ref('criteria_1_entity_day_manifest'), ref('criteria_1_days_to_process')) }}"
    ]
) }}
-- depends_on: {{ ref('criteria_1_entity_manifest') }}
{%- set entity_days = ref('criteria_1_entity_days_to_process') %}

-- Partial states per entity and day.
with events as (

    select
        *,
        transaction_status = 'paid' as is_events_paid,
        transaction_status_as_number = 1 as is_events_of_eq_number,
        transaction_status_as_boolean = true as is_events_of_eq_boolean,
        coalesce(transaction_status <> 'paid', true) as is_events_of_neq,
        transaction_order_total_as_number >= 10 and transaction_order_total_as_number < 99.5e0 as is_events_of_between_two,
        transaction_order_total_as_number <= -1 or transaction_order_total_as_number > 1e+300 as is_events_of_outside,
        (
            page_urlpath like '/shop/%' escape ''
            and coalesce(not page_urlpath like '%/_old' escape '', true)
        ) as is_events_of_alike,
        transaction_status in ('paid', 'sent') as is_events_of_listed,
        coalesce(not transaction_order_total_as_number in (0, 0.5e0), true) as is_events_of_not_listed,
        transaction_coupon is null or product_id is not null as is_events_of_missing,
        transaction_status = 'paid' and (transaction_order_total_as_number > 1 or page_urlpath is null) as is_events_of_all_and_any
    from {{ ref('criteria_1_filtered_events') }}
    where {{ signals_in_entity_days(entity_days, 'domain_userid') }}

)

select
    domain_userid,
    day,
    count(*) as events,
    count(*) filter(where is_events_paid) as count_events_paid,
    count(*) filter(where is_events_of_eq_number) as count_events_of_eq_number,
    count(*) filter(where is_events_of_eq_boolean) as count_events_of_eq_boolean,
    count(*) filter(where is_events_of_neq) as count_events_of_neq,
    count(*) filter(where is_events_of_between_two) as count_events_of_between_two,
    count(*) filter(where is_events_of_outside) as count_events_of_outside,
    count(*) filter(where is_events_of_alike) as count_events_of_alike,
    count(*) filter(where is_events_of_listed) as count_events_of_listed,
    count(*) filter(where is_events_of_not_listed) as count_events_of_not_listed,
    count(*) filter(where is_events_of_missing) as count_events_of_missing,
    count(*) filter(where is_events_of_all_and_any) as count_events_of_all_and_any
from events
group by domain_userid, day
order by day, domain_userid
