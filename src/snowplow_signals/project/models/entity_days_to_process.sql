{{ config(materialized='signals_table', schema='scratch', tags=['signals_publish']) }}

-- The entities of those days whose events changed: all of a new day, few of an old one.
select distinct marks.day, marks.$identifier
from {{ ref('${p}_entity_day_manifest') }} as marks
inner join {{ ref('${p}_days_to_process') }} as days on days.day = marks.day
order by day
