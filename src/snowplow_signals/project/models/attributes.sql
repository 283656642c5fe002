{{ config(
    materialized='$way', schema='derived', tags=['signals_publish'],
${stored_by}$replacing) }}
-- depends_on: {{ ref('${p}_removed_entities') }}
$recording

-- One row per $identifier, one column per attribute; updated_at: the run in which the row's values last changed.
select
    $identifier,
    $names
    updated_at
from {{ ref('${p}_attributes_this_run') }}
where change in ('new', 'changed', 'same')
