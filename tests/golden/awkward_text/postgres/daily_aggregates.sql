-- Made by snowplow-batch-engine from view awkward_text, version 1. Change the view, not this file.
{{ config(
    materialized='signals_append', schema='derived', tags=['signals_publish'],
    indexes=[{'columns': ['domain_userid'], 'type': 'hash'}, {'columns': ['day']}],
    pre_hook="{{ signals_replace_states(ref('awkward_text_1_entity_days_to_process'), 'domain_userid') }}",
    post_hook=[
        "{{ signals_mark_aggregated(ref('awkward_text_1_daily_aggregation_manifest'), ref('awkward_text_1_days_to_process')) }}",
        "{{ signals_clear_entity_days(ref('awkward_text_1_entity_day_manifest'), ref('awkward_text_1_days_to_process')) }}"
    ]
) }}
-- depends_on: {{ ref('awkward_text_1_entity_manifest') }}
{%- set entity_days = ref('awkward_text_1_entity_days_to_process') %}

-- Partial states per entity and day.
with events as (

    select
        *,
        page_urlpath = 'it''s "so" \ -- /* */ ; 🛒' as is_events_it_s_so,
        page_urlpath = '{{ '{' }}{ x }} {{ '{' }}% raw %} {{ '{' }}# c #}' as is_events_x_raw_c,
        page_urlpath = 'a{{ '\r' }}{{ '\n' }}  b' as is_events_a_b
    from {{ ref('awkward_text_1_filtered_events') }}
    where {{ signals_in_entity_days(entity_days, 'domain_userid') }}

)

select
    domain_userid,
    day,
    count(*) as events,
    count(*) filter(where is_events_it_s_so) as count_events_it_s_so,
    count(*) filter(where is_events_x_raw_c) as count_events_x_raw_c,
    count(*) filter(where is_events_a_b) as count_events_a_b,
    (
        array_agg(transaction_we_ird_key_x_sku_code_3 order by event_tstamp desc, event_id desc) filter(
            where transaction_we_ird_key_x_sku_code_3 is not null
        )
    )[1] as last_transaction_we_ird_key_x_sku_code_3,
    (
        array_agg(transaction_amount_price_eur_net_3d_secure order by event_tstamp desc, event_id desc) filter(
            where transaction_amount_price_eur_net_3d_secure is not null
        )
    )[1] as last_transaction_amount_price_eur_net_3d_secure,
    (
        array_agg(page_urlpath order by event_tstamp desc, event_id desc) filter(
            where page_urlpath is not null
        )
    )[1] as last_page_urlpath
from events
group by domain_userid, day
order by day, domain_userid
