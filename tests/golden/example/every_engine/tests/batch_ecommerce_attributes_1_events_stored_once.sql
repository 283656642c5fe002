-- Made by snowplow-batch-engine from view batch_ecommerce_attributes, version 1. Change the view, not this file.
-- No event of this run is stored twice.
select event_id
from {{ ref('batch_ecommerce_attributes_1_filtered_events') }}
where event_id in (select event_id from {{ ref('batch_ecommerce_attributes_1_base_events_this_run') }})
group by event_id
having count(*) > 1
