-- Made by snowplow-batch-engine from the views of domain_userid_views_1. Change the views, not this file.
{%- do signals_begin_model() %}
{{ config(
    materialized='signals_upsert', unique_key='published', schema='snowplow_manifest', tags=['signals_publish'],
    post_hook=[
        "{{ signals_forget_returned(ref('domain_userid_views_1_removed_entities'), ref('domain_userid_views_1_attributes'), 'domain_userid') }}",
        "{{ signals_clear(ref('domain_userid_views_1_entity_manifest')) }}"
    ]
) }}
-- depends_on: {{ ref('domain_userid_views_1_attribute_statistics') }}

-- As of which day the attributes were published; with it, entities are no longer dirty.
select distinct
    'attributes' as published,
    run_id,
    planned_at,
    as_of,
    cast({{ signals_shift() }} as integer) as days_shifted
from {{ signals_planned(ref('domain_userid_views_1_base_new_event_limits')) }} as limits
