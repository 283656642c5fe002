{{ config(
    materialized='signals_append', schema='snowplow_manifest', tags=['signals_take']
) }}
{%- set columns = signals_events_columns() %}
{%- do signals_require(columns, [
    $required
]) %}
{%- do signals_say_what_is_missing(columns, [
    $read
]) %}
{%- set wanted = signals_parts(columns) %}
{%- do signals_check_definition(signals_state('${p}_definition'), wanted, columns, [
    $state
]) %}
{%- set parts = signals_new_types(columns, signals_state('${p}_definition')) + signals_added_parts()
    + signals_redefined_parts(signals_state('${p}_definition')) %}
{%- if signals_is_stored() and not parts and not signals_is_made_anew() and not flags.FULL_REFRESH %}
  {%- do signals_skip() %}
{%- endif %}

-- What the tables of this project were built from, part by part.
select part, fingerprint
from ({{ wanted }}) as definition
{% if signals_is_stored() and not signals_is_made_anew() -%}
where false
{%- endif %}
{%- for type in parts %}
union all
select {{ signals_text_literal(type[0]) }} as part, {{ signals_text_literal(type[1]) }} as fingerprint
{%- endfor %}
