-- Made by snowplow-batch-engine from view batch_ecommerce_attributes, version 1. Change the view, not this file.
-- No entity has two states of one day and one chunk of load.
{%- set states = ref('batch_ecommerce_attributes_1_daily_aggregates') %}
{%- set chosen = ref('batch_ecommerce_attributes_1_days_out_of_date') %}
{%- if signals_are_there([states, chosen]) %}
select domain_userid, day, chunk
from {{ states }}
where day in (select day from {{ chosen }} where is_due)
group by domain_userid, day, chunk
having count(*) > 1
{%- else %}
{{ signals_nothing_wrong() }}
{%- endif %}
