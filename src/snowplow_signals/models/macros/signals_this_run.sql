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

{% macro signals_in_days(days) -%}
  {#- Whether `day` is one of the days in a table; the edges as literals, so that storage is pruned. -#}
  {%- set edges = signals_rows('select cast(min(day) as varchar), cast(max(day) as varchar) from ' ~ days) -%}
  {%- if edges and edges[0][0] -%}
  day between date '{{ edges[0][0] }}' and date '{{ edges[0][1] }}' and day in (select day from {{ days }})
  {%- else -%}
  false
  {%- endif -%}
{%- endmacro %}

{% macro signals_replace_days(days) -%}
  {#- Before the days' new rows come in, in the same transaction. -#}
  {%- if execute and is_incremental() -%}
  delete from {{ this }} where {{ signals_in_days(days) }}
  {%- endif -%}
{%- endmacro %}

{% macro signals_drop_replaced(events) -%}
  {#- Stored winners that give way, before the new ones come in, in the same transaction. -#}
  {%- if execute and is_incremental() -%}
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

{% macro signals_mark_aggregated(manifest, days, limits) -%}
  {#- After the days' aggregates are replaced, in the same transaction; a day marked again meanwhile stays marked. -#}
  update {{ manifest }} as manifest
  set
      is_out_of_date = false,
      pending_events = 0,
      pending_late_events = 0,
      events = days.events,
      counted_chunk = days.marked_chunk,
      aggregated_chunk = days.marked_chunk,
      aggregated_run_id = '{{ signals_this_run(limits, 'run_id') }}'
  from {{ days }} as days
  where days.day = manifest.day and days.marked_chunk = manifest.marked_chunk
{%- endmacro %}

{% macro signals_count_pending(manifest, days) -%}
  {#- What waits on the days that are out of date: for `status`, and so that it is counted once. -#}
  update {{ manifest }} as manifest
  set
      events = days.events,
      pending_events = days.pending_events,
      pending_late_events = days.pending_late_events,
      counted_chunk = days.marked_chunk
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
  {%- if execute and is_incremental() -%}
    {%- if signals_has_columns(this, names) -%}
  delete from {{ this }}
  where {{ identifier }} in (select {{ identifier }} from {{ changes }} where change <> 'new')
    {%- else -%}
  drop table {{ this }};
  create table {{ this }} as select {{ names | join(', ') }} from {{ changes }} where false
    {%- endif -%}
  {%- endif -%}
{%- endmacro %}

{% macro signals_take_back(changes, identifier) -%}
  {%- if execute and is_incremental() -%}
  delete from {{ this }} where {{ identifier }} in (select {{ identifier }} from {{ changes }})
  {%- endif -%}
{%- endmacro %}
