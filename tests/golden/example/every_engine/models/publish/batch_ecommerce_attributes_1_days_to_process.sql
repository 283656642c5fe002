-- Made by snowplow-batch-engine from view batch_ecommerce_attributes, version 1. Change the view, not this file.
{%- do signals_begin_model() %}
{{ config(materialized='signals_table', schema='scratch', tags=['signals_publish']) }}

-- The days that this run aggregates.
select day, marked_chunk, events, pending_events, pending_late_events
from {{ ref('batch_ecommerce_attributes_1_days_out_of_date') }}
where is_due
order by day
