{#- Removes the rows that a model's new rows replace, in the transaction that adds them. -#}

{% macro signals_replace_states(days, entity_days, identifier) -%}
  {#- Deletes the states that are computed now, in the transaction that adds them: those of a run that died, and old ones. -#}
  {%- if signals_is_stored() and signals_writes() -%}
  delete from {{ this }} where {{ signals_computed_now(days, entity_days, identifier) }}
  {%- endif -%}
{%- endmacro %}

{% macro signals_drop_replaced(events) -%}
  {#- Deletes the stored winners that have been beaten, in the transaction that adds the new ones. -#}
  {%- if signals_is_stored() and signals_writes() -%}
    {%- set replaced = signals_replaced_days(events) -%}
    {%- if replaced -%}
    {%- set winners -%}
  (select event_id, stored_day as day from {{ events }} where is_winner and stored_day is not null) as replaced
    {%- endset -%}
  {{ signals_delete(this, ['event_id', 'day'], winners, signals_of_days(replaced)) }}
    {%- endif -%}
  {%- endif -%}
{%- endmacro %}

{% macro signals_make_room(changes, identifier) -%}
  {#- Deletes the rows that change or go, in the transaction that publishes. -#}
  {%- if not signals_is_replaced() -%}
  {{ signals_delete(this, [identifier], changes ~ ' where ' ~ identifier ~ ' is not null') }}
  {%- endif -%}
{%- endmacro %}

{% macro signals_note_stored() -%}
  {#- A chunk is marked as stored in the transaction that stores it. -#}
{%- endmacro %}
