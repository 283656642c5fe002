-- Made by snowplow-batch-engine from view batch_ecommerce_attributes, version 1. Change the view, not this file.
{%- do signals_begin_model() %}
{{ config(
    materialized='signals_append', schema='snowplow_manifest', tags=['signals_take']
) }}
-- depends_on: {{ ref('batch_ecommerce_attributes_1_daily_aggregation_manifest') }}

-- Marks, within those days, the entities whose events change: both where an event was and where it will be. What is new is
-- added to an entity's states of a day; where a stored event gives way, they are recomputed.
select day, domain_userid, false as is_recomputed, cast(chunk as bigint) as chunk
from {{ ref('batch_ecommerce_attributes_1_base_events_this_run') }}
where is_winner

union distinct

select stored_day as day, stored_identifier as domain_userid, true as is_recomputed, cast(chunk as bigint) as chunk
from {{ ref('batch_ecommerce_attributes_1_base_events_this_run') }}
where is_winner and stored_day is not null
