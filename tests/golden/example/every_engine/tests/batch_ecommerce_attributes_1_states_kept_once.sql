-- Made by snowplow-batch-engine from view batch_ecommerce_attributes, version 1. Change the view, not this file.
-- No entity has two states of one day.
select domain_userid, day
from {{ ref('batch_ecommerce_attributes_1_daily_aggregates') }}
where day in (select day from {{ ref('batch_ecommerce_attributes_1_days_to_process') }})
group by domain_userid, day
having count(*) > 1
