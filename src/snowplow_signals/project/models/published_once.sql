-- What is published of an entity now is recorded once.
{%- set history = ref('${p}_attributes_history') %}
{%- if signals_are_there([history]) %}
select $identifier
from {{ history }}
where valid_to is null
group by $identifier
having count(*) > 1
{%- else %}
{{ signals_nothing_wrong() }}
{%- endif %}
