-- Made by snowplow-batch-engine from the views of domain_userid_views_1. Change the views, not this file.
{%- do signals_begin_model() %}
{{ config(
    materialized='signals_append', schema='derived', tags=['signals_publish'],
    pre_hook="{{ signals_remove_once(ref('domain_userid_views_1_attributes_this_run'), 'domain_userid') }}"
) }}
{%- set removals = signals_removals(ref('domain_userid_views_1_attributes_this_run')) %}
{%- if signals_is_stored() and not removals.added %}
  {%- do signals_skip() %}
{%- endif %}

-- Entities whose row disappeared, so that they can be removed wherever it was copied to; one that returns leaves.
select domain_userid, updated_at as removed_at
from {{ ref('domain_userid_views_1_attributes_this_run') }}
where change = 'removed'
