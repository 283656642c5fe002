-- No entity has two states of one day.
select $identifier, day
from {{ ref('${p}_daily_aggregates') }}
where day in (select day from {{ ref('${p}_days_to_process') }})
group by $identifier, day
having count(*) > 1
