-- Made by snowplow-batch-engine from view batch_ecommerce_attributes, version 1. Change the view, not this file.
{%- do signals_begin_model() %}
{{ config(
    materialized='signals_append', schema='derived', tags=['signals_publish'],
    indexes=[{'columns': ['domain_userid'], 'type': 'hash'}, {'columns': ['updated_at']}],
    names=['domain_userid', 'products_added_to_cart_last_7_days', 'total_product_price_clv', 'first_mkt_source', 'last_device_class', 'updated_at'],
    whole_without='publication_manifest',
    pre_hook="{{ signals_make_room(ref('batch_ecommerce_attributes_1_attributes_this_run'), 'domain_userid') }}"
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
