-- Made by snowplow-batch-engine from the views of domain_userid_views_1. Change the views, not this file.
{%- do signals_begin_model() %}
{{ config(
    materialized='signals_append', schema='derived', tags=['signals_publish'],
    names=['domain_userid', 'batch_ecommerce_attributes_1__products_added_to_cart_l_87c26426', 'batch_ecommerce_attributes_1__total_product_price_clv', 'batch_ecommerce_attributes_1__first_mkt_source', 'batch_ecommerce_attributes_1__last_device_class', 'batch_ecommerce_attributes_1__signals_first_event', 'counter_1__counter_last_7_days', 'counter_1__counter_of_lifetime', 'counter_1__signals_first_event', 'batch_ecommerce_attributes_1__updated_at', 'counter_1__updated_at', 'updated_at'],
    whole_without='publication_manifest',
    pre_hook="{{ signals_make_room(ref('domain_userid_views_1_attributes_this_run'), 'domain_userid') }}"
) }}
-- depends_on: {{ ref('domain_userid_views_1_removed_entities') }}

-- One row per domain_userid, one column per attribute; updated_at: the run in which the row's values last changed.
select
    domain_userid,
    batch_ecommerce_attributes_1__products_added_to_cart_l_87c26426,
    batch_ecommerce_attributes_1__total_product_price_clv,
    batch_ecommerce_attributes_1__first_mkt_source,
    batch_ecommerce_attributes_1__last_device_class,
    batch_ecommerce_attributes_1__signals_first_event,
    counter_1__counter_last_7_days,
    counter_1__counter_of_lifetime,
    counter_1__signals_first_event,
    batch_ecommerce_attributes_1__updated_at,
    counter_1__updated_at,
    updated_at
from {{ ref('domain_userid_views_1_attributes_this_run') }}
where change in ('new', 'changed', 'same')
