{{ config(materialized='signals_table', schema='scratch', tags=['signals_publish']) }}

-- The days that this run aggregates.
select day, marked_chunk, events, pending_events, pending_late_events
from {{ ref('${p}_days_out_of_date') }}
where is_due
order by day
