-- Made by snowplow-batch-engine from view equal_names, version 1. Change the view, not this file.
{{ config(
    materialized='signals_append', schema='derived', tags=['signals_publish'],
    cluster_by=['day'],
    pre_hook="{{ signals_replace_states(ref('equal_names_1_entity_days_to_process'), 'domain_userid') }}",
    post_hook=[
        "{{ signals_mark_aggregated(ref('equal_names_1_daily_aggregation_manifest'), ref('equal_names_1_days_to_process')) }}",
        "{{ signals_clear_entity_days(ref('equal_names_1_entity_day_manifest'), ref('equal_names_1_days_to_process')) }}"
    ]
) }}
-- depends_on: {{ ref('equal_names_1_entity_manifest') }}
{%- set entity_days = ref('equal_names_1_entity_days_to_process') %}

-- Partial states per entity and day.
with events as (

    select
        *
    from {{ ref('equal_names_1_filtered_events') }}
    where {{ signals_in_entity_days(entity_days, 'domain_userid') }}

)

select
    domain_userid,
    day,
    count(*) as events,
    max_by(
        product_label,
        case
            when product_label is not null then to_char(event_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || event_id
        end
    ) as last_product_label,
    max_by(
        product_1_label,
        case
            when product_1_label is not null then to_char(event_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || event_id
        end
    ) as last_product_1_label,
    max_by(
        product_label_2,
        case
            when product_label_2 is not null then to_char(event_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || event_id
        end
    ) as last_product_label_2,
    max_by(
        product_label_3,
        case
            when product_label_3 is not null then to_char(event_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || event_id
        end
    ) as last_product_label_3
from events
group by domain_userid, day
order by day, domain_userid
