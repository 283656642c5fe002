-- No event of this run is stored twice.
{%- set stored = ref('${p}_filtered_events') %}
{%- set taken = ref('${p}_base_events_this_run') %}
{%- if signals_are_there([stored, taken]) %}
{%- set event = 'event_id' if signals_setting('snowplow__duplicate_lookback_days') < 0 else 'event_id, day' %}
select event_id
from {{ stored }}
where event_id in (select event_id from {{ taken }})
group by {{ event }}
having count(*) > 1
{%- else %}
{{ signals_nothing_wrong() }}
{%- endif %}
