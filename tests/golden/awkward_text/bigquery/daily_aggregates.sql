-- Made by snowplow-batch-engine from view awkward_text, version 1. Change the view, not this file.
{{ config(
    materialized='signals_days', schema='derived', tags=['signals_publish'],
    partition_by={'field': 'day', 'data_type': 'date'},
    cluster_by=['domain_userid'],
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
    countif(is_events_it_s_so) as count_events_it_s_so,
    countif(is_events_x_raw_c) as count_events_x_raw_c,
    countif(is_events_a_b) as count_events_a_b,
    array_agg(if(transaction_we_ird_key_x_sku_code_3 is not null, transaction_we_ird_key_x_sku_code_3, null) ignore nulls order by event_tstamp desc, event_id desc limit 1)[safe_offset(0)] as last_transaction_we_ird_key_x_sku_code_3,
    array_agg(if(transaction_amount_price_eur_net_3d_secure is not null, transaction_amount_price_eur_net_3d_secure, null) ignore nulls order by event_tstamp desc, event_id desc limit 1)[safe_offset(0)] as last_transaction_amount_price_eur_net_3d_secure,
    array_agg(if(page_urlpath is not null, page_urlpath, null) ignore nulls order by event_tstamp desc, event_id desc limit 1)[safe_offset(0)] as last_page_urlpath
from events
group by domain_userid, day
order by day, domain_userid
