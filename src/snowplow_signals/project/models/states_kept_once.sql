-- No entity has two states of one day and one chunk of load.
{%- set states = ref('${p}_daily_aggregates') %}
{%- set chosen = ref('${p}_days_out_of_date') %}
{%- if signals_are_there([states, chosen]) %}
select $identifier, day, chunk
from {{ states }}
where day in (select day from {{ chosen }} where is_due)
group by $identifier, day, chunk
having count(*) > 1
{%- else %}
{{ signals_nothing_wrong() }}
{%- endif %}
