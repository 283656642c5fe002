
union all

select
    $identifier,
    date '{{ history.day }}' as day,
    $no_states
    slot,
    value,
    sum(n) as n,
    $last_tstamp as last_tstamp,
    $last_event_id as last_event_id
from day_values
group by $identifier, slot, value$of_events
