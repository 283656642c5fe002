{#- What the first model of this run decided and stored. -#}

{% macro signals_this_run(limits, name) -%}
  {%- if not execute -%}{{ return('2000-01-01') }}{%- endif -%}
  {{ return(run_query('select cast(' ~ name ~ ' as varchar) from ' ~ limits ~ ' limit 1').rows[0][0]) }}
{%- endmacro %}

{% macro signals_in_window(limits, days) -%}
  {#- Whether `day` lies in the last `days` days before the day as of which the run computes. -#}
  {%- set as_of = modules.datetime.date.fromisoformat(signals_this_run(limits, 'as_of')) -%}
  {%- set shift = 1 if signals_setting('snowplow__include_current_day_in_windows') else 0 -%}
  {%- set after = as_of + modules.datetime.timedelta(days=shift) -%}
  day >= date '{{ after - modules.datetime.timedelta(days=days) }}' and day < date '{{ after }}'
{%- endmacro %}

{% macro signals_between_days(days) -%}
  {#- Whether `day` is within the days in a table, as literals, so that storage is pruned. -#}
  {%- set edges = signals_rows('select cast(min(day) as varchar), cast(max(day) as varchar) from ' ~ days) -%}
  {%- if edges and edges[0][0] -%}
  day between date '{{ edges[0][0] }}' and date '{{ edges[0][1] }}'
  {%- else -%}
  false
  {%- endif -%}
{%- endmacro %}

{% macro signals_in_entity_days(entity_days, identifier) -%}
  {#- Whether a row belongs to one of the entities and days in a table. -#}
  {{ signals_between_days(entity_days) }}
        and (day, {{ identifier }}) in (select day, {{ identifier }} from {{ entity_days }})
{%- endmacro %}

{% macro signals_replace_states(entity_days, identifier) -%}
  {#- Before the new states come in, in the same transaction. -#}
  {%- if signals_is_stored() -%}
  delete from {{ this }} where {{ signals_in_entity_days(entity_days, identifier) }}
  {%- endif -%}
{%- endmacro %}

{% macro signals_moved_days(publication, limits, windows) -%}
  {#- Days that count now and did not when the attributes were last published, or the reverse. -#}
  {%- set last = signals_rows('select cast(as_of as varchar), days_shifted from ' ~ publication) -%}
  {%- if not last -%}
  false
  {%- else -%}
    {%- set date = modules.datetime.date -%}
    {%- set days = modules.datetime.timedelta -%}
    {%- set was = date.fromisoformat(last[0][0]) -%}
    {%- set is = date.fromisoformat(signals_this_run(limits, 'as_of')) -%}
    {%- set was_end = was + days(days=last[0][1]) -%}
    {%- set is_end = is + days(days=1 if signals_setting('snowplow__include_current_day_in_windows') else 0) -%}
    {%- set edges = [(was + days(days=1), is + days(days=1)), (was_end, is_end)] -%}
    {%- for length in windows -%}
      {%- do edges.append((was_end - days(days=length), is_end - days(days=length))) -%}
    {%- endfor -%}
    {%- set ranges = [] -%}
    {%- for edge in edges if edge[0] != edge[1] -%}
      {%- do ranges.append("(day >= date '" ~ (edge | min) ~ "' and day < date '" ~ (edge | max) ~ "')") -%}
    {%- endfor -%}
  {{ ranges | unique | join(' or ') or 'false' }}
  {%- endif -%}
{%- endmacro %}

{% macro signals_drop_replaced(events) -%}
  {#- Stored winners that give way, before the new ones come in, in the same transaction. -#}
  {%- if signals_is_stored() -%}
    {%- set edges = signals_rows(
        'select cast(min(stored_day) as varchar), cast(max(stored_day) as varchar) from ' ~ events
        ~ ' where is_winner and stored_day is not null'
    ) -%}
    {%- if edges and edges[0][0] -%}
  delete from {{ this }}
  where
      day between date '{{ edges[0][0] }}' and date '{{ edges[0][1] }}'
      and event_id in (select event_id from {{ events }} where is_winner and stored_day is not null)
    {%- endif -%}
  {%- endif -%}
{%- endmacro %}

{% macro signals_mark_stored(chunks, limits) -%}
  update {{ chunks }} set is_stored = true where chunk = {{ signals_this_run(limits, 'chunk') }}
{%- endmacro %}

{% macro signals_mark_aggregated(manifest, days) -%}
  {#- After the days' aggregates are replaced, in the same transaction; a day marked again meanwhile stays marked. -#}
  update {{ manifest }} as manifest
  set
      is_out_of_date = false,
      pending_events = 0,
      pending_late_events = 0,
      events = days.events,
      counted_chunk = days.marked_chunk,
      aggregated_chunk = days.marked_chunk
  from {{ days }} as days
  where days.day = manifest.day and days.marked_chunk = manifest.marked_chunk
{%- endmacro %}

{% macro signals_clear_entity_days(marks, days) -%}
  delete from {{ marks }} as marks
  using {{ days }} as days
  where days.day = marks.day and marks.chunk <= days.marked_chunk
{%- endmacro %}

{% macro signals_count_pending(manifest, days) -%}
  {#- What waits on the days that are out of date: for `status`, and so that it is counted once. -#}
  update {{ manifest }} as manifest
  set
      events = days.events,
      pending_events = days.pending_events,
      pending_late_events = days.pending_late_events,
      counted_chunk = days.marked_chunk,
      -- what a run begins to aggregate is not deferred by a later one: lists and the other states would not agree
      left_chunk = case when days.is_due then days.marked_chunk else manifest.left_chunk end
  from {{ days }} as days
  where days.day = manifest.day and days.marked_chunk = manifest.marked_chunk
{%- endmacro %}

{% macro signals_has_columns(relation, names) -%}
  {#- Whether a table exists and has exactly these columns, in any order. -#}
  {%- if relation is none -%}{{ return(false) }}{%- endif -%}
  {%- set found = adapter.get_columns_in_relation(relation) | map(attribute='name') | map('lower') | sort | list -%}
  {{ return(found == names | map('lower') | sort | list) }}
{%- endmacro %}

{% macro signals_make_room(changes, identifier, names) -%}
  {#- In the transaction that publishes: the rows that go, or the whole table when its columns are others now. -#}
  {%- if signals_is_stored() -%}
    {%- if signals_has_columns(this, names) -%}
  delete from {{ this }}
  where {{ identifier }} in (select {{ identifier }} from {{ changes }} where change <> 'new')
    {%- else -%}
  drop table {{ this }};
  create table {{ this }} as select {{ names | join(', ') }} from {{ changes }} where false
    {%- endif -%}
  {%- endif -%}
{%- endmacro %}

{% macro signals_take_back(changes, published, identifier) -%}
  {#- Those who are not gone: whose row changes now, and whose row a run that died was about to remove. -#}
  {%- if signals_is_stored() -%}
  delete from {{ this }}
  where
      {{ identifier }} in (select {{ identifier }} from {{ changes }})
      {%- if published is not none %}
      or (
          removed_at > (select max(updated_at) from {{ published }})
          and {{ identifier }} in (select {{ identifier }} from {{ published }})
      )
      {%- endif %}
  {%- endif -%}
{%- endmacro %}
