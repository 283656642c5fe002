-- Made by snowplow-batch-engine from view batch_ecommerce_attributes, version 1. Change the view, not this file.
{%- do signals_begin_model() %}
{{ config(materialized='signals_table', schema='scratch', tags=['signals_publish']) }}

-- The entities of those days whose events changed: all of a new day, few of an old one.
select distinct dirty.day, dirty.domain_userid, dirty.is_recomputed
from {{ ref('batch_ecommerce_attributes_1_entity_day_manifest') }} as dirty
inner join {{ ref('batch_ecommerce_attributes_1_days_out_of_date') }} as days on days.day = dirty.day
where days.is_due
order by day
