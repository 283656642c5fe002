-- Made by snowplow-batch-engine from the views of domain_userid_views_1. Change the views, not this file.
{%- do signals_begin_model() %}
{{ config(materialized='signals_view', schema='derived', tags=['signals_publish'], reads=[
    'domain_userid', 'batch_ecommerce_attributes_1__signals_first_event',
    'batch_ecommerce_attributes_1__updated_at'
]) }}
-- depends_on: {{ ref('domain_userid_views_1_attributes') }}

-- Entities whose row of the view disappeared: they have no event of it any more, or none at all.
select domain_userid, batch_ecommerce_attributes_1__updated_at as removed_at
from {{ ref('domain_userid_views_1_attributes') }}
where batch_ecommerce_attributes_1__signals_first_event is null and batch_ecommerce_attributes_1__updated_at is not null

union all

select domain_userid, removed_at
from {{ ref('domain_userid_views_1_removed_entities') }}
