-- $users: of each chunk as many as could be listed if there were no other
select
    $identifier,
    day,
    chunk,
    '$slot' as slot,
    $value as value,
    cast(1 as bigint) as n,
    event_tstamp as last_tstamp,
    event_id as last_event_id
from (
    select
        *,
        row_number() over (
            partition by $identifier, day, chunk, fitting is null
            order by event_tstamp$direction, event_id$direction
        ) as place
    from (
        select
            *,
            $fitting
        from events
        where $condition
    ) as fitted
) as numbered
where place <= $length and (fitting is not null or place = 1)
