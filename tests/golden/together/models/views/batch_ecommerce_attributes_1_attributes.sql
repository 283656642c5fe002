-- Made by snowplow-batch-engine from the views of domain_userid_views_1. Change the views, not this file.
{%- do signals_begin_model() %}
{{ config(materialized='signals_view', schema='derived', tags=['signals_publish'], reads=[
    'domain_userid', 'batch_ecommerce_attributes_1__products_added_to_cart_l_87c26426',
    'batch_ecommerce_attributes_1__total_product_price_clv',
    'batch_ecommerce_attributes_1__first_mkt_source', 'batch_ecommerce_attributes_1__last_device_class',
    'batch_ecommerce_attributes_1__signals_first_event', 'batch_ecommerce_attributes_1__updated_at'
]) }}
-- depends_on: {{ ref('batch_ecommerce_attributes_1_removed_entities') }}

-- One row per domain_userid that has an event of the view, one column per attribute; updated_at: the run in which one of
-- these attributes last changed.
select
    domain_userid,
    batch_ecommerce_attributes_1__products_added_to_cart_l_87c26426 as products_added_to_cart_last_7_days,
    batch_ecommerce_attributes_1__total_product_price_clv as total_product_price_clv,
    batch_ecommerce_attributes_1__first_mkt_source as first_mkt_source,
    batch_ecommerce_attributes_1__last_device_class as last_device_class,
    batch_ecommerce_attributes_1__updated_at as updated_at
from {{ ref('domain_userid_views_1_attributes') }}
where batch_ecommerce_attributes_1__signals_first_event is not null
