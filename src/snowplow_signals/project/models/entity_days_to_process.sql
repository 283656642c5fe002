{{ config(materialized='signals_table', schema='scratch', tags=['signals_publish']) }}

-- The entities of those days whose events changed: all of a new day, few of an old one.
select distinct dirty.day, dirty.$identifier, dirty.is_recomputed
from {{ ref('${p}_entity_day_manifest') }} as dirty
inner join {{ ref('${p}_days_out_of_date') }} as days on days.day = dirty.day
where days.is_due
order by day
