{#- What gives way to a model's rows, in the transaction that adds them. -#}

{% macro signals_between_days(days) -%}
  {#- Whether `day` is within the days in a table, as literals, so that storage is pruned. -#}
  {%- set asked = 'select ' ~ signals_text('min(day)', 'day') ~ ', ' ~ signals_text('max(day)', 'day') ~ ' from ' ~ days -%}
  {%- set edges = signals_asked_once(asked, 'entity_days_to_process') if signals_can_read(days) else [] -%}
  {%- if edges and edges[0][0] and edges[0][0] == edges[0][1] -%}
  day = date '{{ edges[0][0] }}'
  {%- elif edges and edges[0][0] -%}
  day between date '{{ edges[0][0] }}' and date '{{ edges[0][1] }}'
  {%- else -%}
  false
  {%- endif -%}
{%- endmacro %}

{% macro signals_in_entity_days(entity_days, identifier) -%}
  {#- Whether a row belongs to one of the entities and days in a table. -#}
  {{ signals_between_days(entity_days) }}
        and {{ adapter.dispatch('signals_in_days_of')(identifier, entity_days) }}
{%- endmacro %}

{% macro default__signals_in_days_of(identifier, entity_days) -%}
  {{ signals_in(['day', identifier], entity_days) }}
{%- endmacro %}

{% macro signals_replace_states(entity_days, identifier) -%}
  {#- Before the new states come in, in the same transaction. -#}
  {%- if signals_is_stored() -%}
  {{ signals_delete(this, ['day', identifier], entity_days, within=signals_between_days(entity_days)) }}
  {%- endif -%}
{%- endmacro %}

{% macro signals_drop_replaced(events) -%}
  {#- Stored winners that give way, before the new ones come in, in the same transaction. -#}
  {%- if signals_is_stored() -%}
    {%- set edges = signals_rows(
        'select ' ~ signals_text('min(stored_day)', 'day') ~ ', ' ~ signals_text('max(stored_day)', 'day') ~ ' from ' ~ events
        ~ ' where is_winner and stored_day is not null'
    ) -%}
    {%- if edges and edges[0][0] -%}
      {%- set within = "day between date '" ~ edges[0][0] ~ "' and date '" ~ edges[0][1] ~ "'" -%}
  {{ signals_delete(this, ['event_id'], events ~ ' where is_winner and stored_day is not null', within) }}
    {%- endif -%}
  {%- endif -%}
{%- endmacro %}

{% macro signals_make_room(changes, identifier) -%}
  {#- In the transaction that publishes: the rows that go. -#}
  {%- if not signals_is_replaced() -%}
  {{ signals_delete(this, [identifier], changes ~ ' where ' ~ identifier ~ ' is not null') }}
  {%- endif -%}
{%- endmacro %}

{% macro signals_note_stored() -%}
  {#- A chunk is marked as stored in the transaction that stores it. -#}
{%- endmacro %}
