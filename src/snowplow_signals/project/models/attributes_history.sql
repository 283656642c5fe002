{{ config(
    materialized='signals_attributes_history', schema='derived', tags=['signals_publish'],
${stored_by}    names=[$columns]
) }}
{%- set published, changes = ref('${p}_attributes'), ref('${p}_attributes_this_run') %}

-- What was published: one row per change of the row of one $identifier, in force from valid_from until valid_to, and still
-- where that is null.
{% if signals_is_stored() -%}
select
    $identifier,
    $names
    updated_at as valid_from,
    change
from {{ changes }}
where change in ('new', 'changed', 'removed')
{%- else -%}
select
    $identifier,
    $names
    updated_at as valid_from,
    cast(null as $timestamp) as valid_to
from {{ published }}
{%- endif %}
