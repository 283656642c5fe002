{#- Which states a run computes: of the events that were loaded since their day was aggregated. -#}

{% macro signals_computed_now(days, entity_days=none, identifier=none, of='') -%}
  {#- Whether an event, or a state, is of what this run computes. The events of a due day that were loaded since it was
      aggregated make states of their own, each of one chunk. Where a stored event gave way, all states of the day are
      recomputed: of the entities concerned, or without `entity_days` of everybody. `of`: an alias and a dot. -#}
  {%- if not signals_can_read(days) -%}{{ return('false') }}{%- endif -%}
  {%- set found = signals_before_publishing() -%}
  {%- set since, recomputed = [], [] -%}
  {%- for day, chunk in found.since -%}
    {%- do since.append((day, 0 if entity_days is none and day in found.recomputed else chunk)) -%}
  {%- endfor -%}
  {%- set added = signals_of_days(since, of) -%}
  {%- if entity_days is none or not found.recomputed -%}{{ return(added) }}{%- endif -%}
  {%- for day in found.recomputed -%}{%- do recomputed.append((day, 0)) -%}{%- endfor -%}
  {%- set of_entities = adapter.dispatch('signals_in_days_of')(identifier, entity_days ~ ' where is_recomputed') | trim -%}
  {{ return('(\n            (' ~ added ~ ')\n            or (' ~ signals_of_days(recomputed) ~ ' and ' ~ of_entities
      ~ ')\n        )') }}
{%- endmacro %}

{% macro default__signals_in_days_of(identifier, entity_days) -%}
  {{ signals_in(['day', identifier], entity_days) }}
{%- endmacro %}

{% macro signals_of_days(since, of='') -%}
  {#- Whether a row is of one of the days, from a chunk on; `since`: pairs of both. As literals, which prune storage on every
      engine, where joins and subqueries do not: neighbouring days as a range, and what holds of all ranges before them. -#}
  {%- if not since -%}{{ return('false') }}{%- endif -%}
  {%- set ranges = [] -%}
  {%- for day, chunk in since | sort -%}
    {%- set range = ranges[-1] if ranges else none -%}
    {%- if range and range.chunk == chunk and signals_days_after(range.last, 1) == day -%}
      {%- do range.update({'last': day}) -%}
    {%- else -%}
      {%- do ranges.append({'first': day, 'last': day, 'chunk': chunk}) -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return(signals_of_ranges(ranges, of)) }}
{%- endmacro %}

{% macro signals_of_ranges(ranges, of='') -%}
  {%- set all = {'first': ranges[0].first, 'last': ranges[-1].last, 'chunk': ranges | map(attribute='chunk') | min} -%}
  {%- if ranges | length == 1 -%}{{ return(signals_of_range(all, of)) }}{%- endif -%}
  {%- set each = [] -%}
  {%- for range in ranges -%}{%- do each.append('(' ~ signals_of_range(range, of) ~ ')') -%}{%- endfor -%}
  {{ return(signals_of_range(all, of) ~ ' and (\n            ' ~ each | join('\n            or ') ~ '\n        )') }}
{%- endmacro %}

{% macro signals_of_range(range, of) -%}
  {%- set day = of ~ 'day' -%}
  {%- set days = day ~ " between date '" ~ range.first ~ "' and date '" ~ range.last ~ "'" -%}
  {%- set days = day ~ " = date '" ~ range.first ~ "'" if range.first == range.last else days -%}
  {{ return(days ~ (' and ' ~ of ~ 'chunk >= ' ~ range.chunk if range.chunk else '')) }}
{%- endmacro %}

{% macro signals_is_to_count(lookback_days) -%}
  {#- Whether what is pending on a dirty day has to be counted. -#}
  {%- set other = ' or counted_lookback_days <> ' ~ lookback_days if lookback_days >= 0 else '' -%}
  {{ return('(counted_chunk is null or counted_chunk < marked_chunk' ~ other ~ ')') }}
{%- endmacro %}

{% macro signals_dirty_question() -%}
  {#- A query for the dirty days whose pending events have to be counted, each with the first chunk that touched it. -#}
  {%- set is_to_count = signals_is_to_count(signals_setting('snowplow__late_event_lookback_days')) -%}
  {{ return("select 'dirty' as what, " ~ signals_text('day', 'day') ~ ' as day, since_chunk from '
      ~ signals_table_of('daily_aggregation_manifest') ~ ' where is_out_of_date and ' ~ is_to_count) }}
{%- endmacro %}

{% macro signals_dirty_days() -%}
  {#- Pairs of such a day and its chunk; the model that stores events has asked for them, if it was built before. -#}
  {%- set known = graph.get('signals_dirty_days', {}).get(model.package_name, []) -%}
  {%- if known[:1] == [invocation_id] and signals_is_as_built('filtered_events') -%}{{ return(known[1]) }}{%- endif -%}
  {%- if not execute or signals_table_of('daily_aggregation_manifest') is none -%}{{ return([]) }}{%- endif -%}
  {%- set days = [] -%}
  {%- for row in signals_rows(signals_dirty_question()) -%}{%- do days.append((row[1], row[2] | int)) -%}{%- endfor -%}
  {{ return(days) }}
{%- endmacro %}

{% macro signals_replaced_days(events) -%}
  {#- The days on which stored winners give way to those of this run, as pairs for signals_of_days. -#}
  {{ return(signals_days_of_winners(events).replaced) }}
{%- endmacro %}

{% macro signals_days_of_winners(events) -%}
  {#- Those days; the first day of this run's winners, with their chunk, or none; and what signals_dirty_days returns. -#}
  {%- set known = graph.get('signals_days_of_winners', {}).get(model.unique_id, []) -%}
  {%- if known[:1] == [invocation_id] -%}{{ return(known[1]) }}{%- endif -%}
  {%- set found, dirty = {'replaced': [], 'first': none}, [] -%}
  {%- set asked = "select distinct 'replaced' as what, " ~ signals_text('stored_day', 'day') ~ ' as day, 0 as since_chunk from '
      ~ events ~ ' where is_winner and stored_day is not null' -%}
  {%- set first = "select 'first' as what, " ~ signals_text('min(day)', 'day') ~ ' as day, max(chunk) as since_chunk from '
      ~ events ~ ' where is_winner' -%}
  {%- for row in signals_rows([asked, first, signals_dirty_question()] | join('\n\nunion all\n\n')) -%}
    {%- if row[0] == 'first' -%}
      {%- do found.update({'first': (row[1], row[2]) if row[1] else none}) -%}
    {%- else -%}
      {%- do (found.replaced if row[0] == 'replaced' else dirty).append((row[1], row[2] | int)) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- do graph.setdefault('signals_dirty_days', {}).update({model.package_name: [invocation_id, dirty]}) -%}
  {%- do graph.setdefault('signals_days_of_winners', {}).update({model.unique_id: [invocation_id, found]}) -%}
  {{ return(found) }}
{%- endmacro %}
