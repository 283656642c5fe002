{{ config(materialized='signals_view', schema='derived', tags=['signals_publish'], reads=[
    $reads
]) }}
-- depends_on: {{ ref('$after') }}

-- One row per $identifier that has an event of the view, one column per attribute; updated_at: the run in which one of
-- these attributes last changed.
select
    $identifier,
    $columns
    $updated_at as updated_at
from {{ ref('${p}_attributes') }}
where $first_event is not null
