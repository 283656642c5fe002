-- Made by snowplow-batch-engine from view batch_ecommerce_attributes, version 1. Change the view, not this file.
{%- do signals_begin_model() %}
{{ config(
    materialized='signals_changes', schema='derived', tags=['signals_publish'],
    cluster_by=['domain_userid', 'updated_at'],
    changes='batch_ecommerce_attributes_1_attributes_this_run', unique_key='domain_userid',
    names=['domain_userid', 'products_added_to_cart_last_7_days', 'total_product_price_clv', 'first_mkt_source', 'last_device_class', 'updated_at'],
    whole_without='publication_manifest'
) }}
-- depends_on: {{ ref('batch_ecommerce_attributes_1_removed_entities') }}

-- One row per domain_userid, one column per attribute; updated_at: the run in which the row's values last changed.
select
    domain_userid,
    products_added_to_cart_last_7_days,
    total_product_price_clv,
    first_mkt_source,
    last_device_class,
    updated_at
from {{ ref('batch_ecommerce_attributes_1_attributes_this_run') }}
where change in ('new', 'changed', 'same')
