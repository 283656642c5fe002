-- Made by snowplow-batch-engine from view awkward_text, version 1. Change the view, not this file.
{{ config(
    materialized='signals_days', schema='derived', tags=['signals_publish'],
    partition_by=['day'],
    days='awkward_text_1_days_to_process',
    post_hook=[
        "{{ signals_mark_aggregated(ref('awkward_text_1_daily_aggregation_manifest'), ref('awkward_text_1_days_to_process')) }}",
        "{{ signals_clear_entity_days(ref('awkward_text_1_entity_day_manifest'), ref('awkward_text_1_days_to_process')) }}"
    ]
) }}
-- depends_on: {{ ref('awkward_text_1_entity_manifest') }}
{%- set days = ref('awkward_text_1_days_to_process') %}

-- Partial states per entity and day.
with events as (

    select
        *,
        page_urlpath = 'it\'s "so" \\ -- /* */ ; 🛒' as is_events_it_s_so,
        page_urlpath = '{{ '{' }}{ x }} {{ '{' }}% raw %} {{ '{' }}# c #}' as is_events_x_raw_c,
        page_urlpath = 'a\r\n  b' as is_events_a_b
    from {{ ref('awkward_text_1_filtered_events') }}
    where {{ signals_in_days(days) }}

)

select
    domain_userid,
    day,
    count(*) as events,
    count(*) filter(where is_events_it_s_so) as count_events_it_s_so,
    count(*) filter(where is_events_x_raw_c) as count_events_x_raw_c,
    count(*) filter(where is_events_a_b) as count_events_a_b,
    max_by(transaction_we_ird_key_x_sku_code_3, struct(event_tstamp, event_id)) filter(
        where transaction_we_ird_key_x_sku_code_3 is not null
    ) as last_transaction_we_ird_key_x_sku_code_3,
    max_by(transaction_amount_price_eur_net_3d_secure, struct(event_tstamp, event_id)) filter(
        where transaction_amount_price_eur_net_3d_secure is not null
    ) as last_transaction_amount_price_eur_net_3d_secure,
    max_by(page_urlpath, struct(event_tstamp, event_id)) filter(where page_urlpath is not null) as last_page_urlpath
from events
group by domain_userid, day
order by day, domain_userid
