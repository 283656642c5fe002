-- What all chunks used, less the winners that gave way, is what is stored.
{%- set chunks = ref('${p}_chunk_manifest') %}
{%- set events = ref('${p}_filtered_events') %}
{%- if signals_are_there([chunks, events]) %}
select used.rows_used - used.winners_replaced as rows_expected, stored.rows_stored
from (
    select coalesce(sum(rows_used), 0) as rows_used, coalesce(sum(winners_replaced), 0) as winners_replaced
    from {{ chunks }}
    where is_stored
) as used
cross join (select count(*) as rows_stored from {{ events }}) as stored
where used.rows_used - used.winners_replaced <> stored.rows_stored
{%- else %}
{{ signals_nothing_wrong() }}
{%- endif %}
