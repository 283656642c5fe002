-- No event of this run is stored twice.
select event_id
from {{ ref('${p}_filtered_events') }}
where event_id in (select event_id from {{ ref('${p}_base_events_this_run') }})
group by event_id
having count(*) > 1
