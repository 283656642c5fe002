{#- Removes the rows that a model's new rows replace, in the transaction that adds them. -#}

{% macro signals_between_days(days) -%}
  {#- Whether `day` is one of the days that change; of more than a hundred, whether it lies between them. -#}
  {%- set found = signals_before_publishing().changing if signals_can_read(days) else [] -%}
  {%- if found | length <= 100 -%}
  {{ signals_as_literals(found) }}
  {%- else -%}
  day between date '{{ found[0] }}' and date '{{ found[-1] }}'
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
  {#- Deletes the old states, in the transaction that adds the new ones. -#}
  {%- if signals_is_stored() -%}
  {{ signals_delete(this, ['day', identifier], entity_days, within=signals_between_days(entity_days)) }}
  {%- endif -%}
{%- endmacro %}

{% macro signals_drop_replaced(events) -%}
  {#- Deletes the stored winners that have been beaten, in the transaction that adds the new ones. -#}
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
  {#- Deletes the rows that change or go, in the transaction that publishes. -#}
  {%- if not signals_is_replaced() -%}
  {{ signals_delete(this, [identifier], changes ~ ' where ' ~ identifier ~ ' is not null') }}
  {%- endif -%}
{%- endmacro %}

{% macro signals_note_stored() -%}
  {#- A chunk is marked as stored in the transaction that stores it. -#}
{%- endmacro %}
