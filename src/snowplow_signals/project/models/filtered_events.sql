{{ config(
    materialized='$way', schema='derived', tags=['signals_take'],
${stored_by}${replacing}$mark_stored
) }}
-- depends_on: {{ ref('${p}_entity_day_manifest') }}

-- One row per event: its winner, with the properties that the attributes need.
select
    events.event_id,
    events.event_key,
    events.${identifier},
    events.day,
    events.event_tstamp,
    events.load_tstamp,
    events.collector_tstamp,
    $kept_columns
    cast(events.chunk as bigint) as chunk
from {{ ref('${p}_base_events_this_run') }} as events
${unless_stored}where events.is_winner
order by events.day, events.${identifier}
