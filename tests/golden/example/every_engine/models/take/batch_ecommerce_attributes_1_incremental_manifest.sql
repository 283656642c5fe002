-- Made by snowplow-batch-engine from view batch_ecommerce_attributes, version 1. Change the view, not this file.
{%- do signals_begin_model() %}
{{ config(
    materialized='signals_upsert', unique_key='bucket', schema='snowplow_manifest', tags=['signals_take']
) }}
-- depends_on: {{ ref('batch_ecommerce_attributes_1_filtered_events') }}

-- The ledger: per hour of load, what was there when it was taken.
select bucket, bucket_rows, cast(chunk as bigint) as chunk, run_id
from {{ signals_planned(ref('batch_ecommerce_attributes_1_base_new_event_limits')) }} as limits
where bucket is not null
