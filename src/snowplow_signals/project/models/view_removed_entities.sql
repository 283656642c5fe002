{{ config(materialized='signals_view', schema='derived', tags=['signals_publish'], reads=[
    $reads
]) }}
-- depends_on: {{ ref('$after') }}

-- Entities whose row of the view disappeared: they have no event of it any more, or none at all.
select $identifier, $updated_at as removed_at
from {{ ref('${p}_attributes') }}
where $first_event is null and $updated_at is not null

union all

select $identifier, removed_at
from {{ ref('${p}_removed_entities') }}
