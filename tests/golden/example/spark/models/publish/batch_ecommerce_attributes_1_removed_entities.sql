-- Made by snowplow-batch-engine from view batch_ecommerce_attributes, version 1. Change the view, not this file.
{%- do signals_begin_model() %}
{{ config(
    materialized='signals_append', schema='derived', tags=['signals_publish'],
    pre_hook="{{ signals_remove_once(ref('batch_ecommerce_attributes_1_attributes_this_run'), 'domain_userid') }}"
) }}
{%- set removals = signals_removals(ref('batch_ecommerce_attributes_1_attributes_this_run')) %}
{%- if signals_is_stored() and not removals.added %}
  {%- do signals_skip() %}
{%- endif %}

-- Entities whose row disappeared, so that they can be removed wherever it was copied to; one that returns leaves.
select domain_userid, updated_at as removed_at
from {{ ref('batch_ecommerce_attributes_1_attributes_this_run') }}
where change = 'removed'{{ signals_unless_there('domain_userid') }}
