-- $users
select
    $identifier,
    day,
    chunk,
    '$slot' as slot,
    $value as value,
    count(*) as n,
    $last_tstamp as last_tstamp,
    $last_event_id as last_event_id
from $source
where $condition
group by $identifier, day, chunk, $value
