{{ config(
    materialized='signals_append', schema='derived', tags=['signals_publish'],
${stored_by}    pre_hook="{{ signals_remove_once(ref('${p}_attributes_this_run'), '$identifier') }}"
) }}
{%- set removals = signals_removals(ref('${p}_attributes_this_run')) %}
{%- if signals_is_stored() and not removals.added %}
  {%- do signals_skip() %}
{%- endif %}

-- Entities whose row disappeared, so that they can be removed wherever it was copied to; one that returns leaves.
select $identifier, updated_at as removed_at
from {{ ref('${p}_attributes_this_run') }}
where change = 'removed'$unless_noted
