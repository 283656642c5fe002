{%- set recorded = signals_state('${p}_attributes_history') %}
{%- if recorded is not none %},
(
    select $after_recorded
    from {{ recorded }}
    where valid_to is null
)
{%- endif %}
