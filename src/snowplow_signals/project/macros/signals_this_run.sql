{#- What the first model of this run decided and stored. -#}

{% macro signals_this_run(limits, name, kind='text') -%}
  {%- if not signals_can_read(limits) -%}{{ return('2000-01-01') }}{%- endif -%}
  {%- if signals_writes() and name != 'chunk' and (signals_run().has_lease or signals_is_as_built('base_new_event_limits')) -%}
    {{ return(signals_run()[name]) }}
  {%- endif -%}
  {%- set planned = graph.get('signals_plans', {}).get(model.package_name, []) -%}
  {%- if name == 'chunk' and planned[:1] == [invocation_id] and signals_is_as_built('base_new_event_limits') -%}
    {{ return(planned[1].chunk) }}
  {%- endif -%}
  {%- set asked = 'select ' ~ signals_text(name, kind) ~ ' from ' ~ limits ~ ' limit 1' -%}
  {{ return(signals_asked_once(asked, 'base_new_event_limits')[0][0]) }}
{%- endmacro %}

{% macro signals_in_window(limits, days) -%}
  {#- Whether `day` lies in the last `days` days before the day as of which the run computes. -#}
  {%- set as_of = modules.datetime.date.fromisoformat(signals_this_run(limits, 'as_of', 'day')) -%}
  {%- set after = as_of + modules.datetime.timedelta(days=signals_shift()) -%}
  day >= date '{{ after - modules.datetime.timedelta(days=days) }}' and day < date '{{ after }}'
{%- endmacro %}

{% macro signals_shift() -%}
  {#- By how many days the windows end later than before the day as of which the run computes. -#}
  {{ return(1 if signals_setting('snowplow__include_current_day_in_windows') else 0) }}
{%- endmacro %}

{% macro signals_moved_days(publication, limits, windows) -%}
  {#- Days that count now and did not when the attributes were last published, or the reverse. -#}
  {%- set last = signals_rows('select ' ~ signals_text('as_of', 'day') ~ ', days_shifted from ' ~ publication) -%}
  {%- if not last -%}
  false
  {%- else -%}
    {%- set date = modules.datetime.date -%}
    {%- set days = modules.datetime.timedelta -%}
    {#- no event is later than the bound, which an earlier version of this project did not have -#}
    {%- set latest = signals_variables()['snowplow__as_of_date'].most -%}
    {%- set was = date.fromisoformat([last[0][0], latest] | min) -%}
    {%- set is = date.fromisoformat(signals_this_run(limits, 'as_of', 'day')) -%}
    {%- set was_end = was + days(days=last[0][1]) -%}
    {%- set is_end = is + days(days=signals_shift()) -%}
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

{% macro signals_mark_stored(chunks, limits) -%}
  {%- if signals_writes() -%}
  update {{ chunks }} set is_stored = true where chunk = {{ signals_this_run(limits, 'chunk') }}
  {%- endif -%}
{%- endmacro %}

{% macro signals_mark_aggregated(manifest, days) -%}
  {#- After the days' aggregates are replaced, in the same transaction; a day marked again meanwhile stays marked. -#}
  {{ signals_update(manifest, days, 'given.day = stored.day and given.marked_chunk = stored.marked_chunk', {
      'is_out_of_date': 'false',
      'pending_events': '0',
      'pending_late_events': '0',
      'pending_late_events_in_reach': '0',
      'events': 'given.events',
      'counted_chunk': 'given.marked_chunk',
      'aggregated_chunk': 'given.marked_chunk'
  }) }}
{%- endmacro %}

{% macro signals_mark_values(manifest, days) -%}
  {#- That the lists and frequencies of these days are up to date, for whoever asks in another process; our own `run`
      builds the other states in the same one, and asks nobody. -#}
  {%- if not signals_run().has_lease -%}
  {{ signals_update(manifest, days, 'given.day = stored.day and given.marked_chunk = stored.marked_chunk', {
      'values_chunk': 'given.marked_chunk'
  }) }}
  {%- endif -%}
{%- endmacro %}

{% macro signals_clear_entity_days(dirty, days) -%}
  {%- set aggregated -%}
  (
      select distinct dirty.day, dirty.chunk
      from {{ dirty }} as dirty
      inner join {{ days }} as days on days.day = dirty.day
      where dirty.chunk <= days.marked_chunk
  ) as aggregated
  {%- endset -%}
  {{ signals_delete(dirty, ['day', 'chunk'], aggregated) }}
{%- endmacro %}

{% macro signals_count_pending(manifest, days) -%}
  {#- The pending events of dirty days: for `status`, and so that they are counted once. -#}
  {#- What a run begins to aggregate is not deferred by a later one: lists and the other states would not agree. -#}
  {{ signals_update(manifest, days, 'given.day = stored.day and given.marked_chunk = stored.marked_chunk', {
      'events': 'given.events',
      'pending_events': 'given.pending_events',
      'pending_late_events': 'given.pending_late_events',
      'pending_late_events_in_reach': 'given.pending_late_events_in_reach',
      'counted_chunk': 'given.marked_chunk',
      'counted_lookback_days': 'given.counted_lookback_days',
      'left_chunk': 'case when given.is_due then given.marked_chunk else stored.left_chunk end'
  }) }}
{%- endmacro %}

{% macro signals_column_names(relation) -%}
  {#- In lower case, sorted; none of a table that is not there. -#}
  {%- if relation is none -%}{{ return([]) }}{%- endif -%}
  {%- set known = graph.setdefault('signals_column_names', {}) -%}
  {%- set key = invocation_id ~ ' ' ~ relation -%}
  {%- if key not in known or not signals_run().has_lease -%}
    {%- set found = adapter.get_columns_in_relation(relation) | map(attribute='name') | map('lower') | sort | list -%}
    {%- do known.update({key: found}) -%}
  {%- endif -%}
  {{ return(known[key]) }}
{%- endmacro %}

{% macro signals_published(relation, identifier, names) -%}
  {#- The table of attributes as it was published, if its rows can be found by that identifier, and whether it has the
      columns that it will have, so that rows can be compared. -#}
  {%- set found = signals_column_names(relation) -%}
  {{ return({
      'relation': relation if identifier in found and 'updated_at' in found else none,
      'is_comparable': found == names | map('lower') | sort | list,
  }) }}
{%- endmacro %}

{% macro signals_has_columns(relation, names) -%}
  {#- Whether a table exists and has exactly these columns, in any order. -#}
  {{ return(signals_column_names(relation) == names | map('lower') | sort | list) }}
{%- endmacro %}

{% macro signals_seen(dirty, days, limits) -%}
  {#- What a comparison with the published rows has seen: the dirty entities, the aggregated days, the plan. It is
      another text as soon as one of them is another. -#}
  (select {{ signals_text('count(*)') }} from {{ dirty }})
    || '|' || (select {{ signals_text('coalesce(sum(aggregated_chunk), 0)') }} from {{ days }})
    || '|' || (select {{ signals_text('max(chunk)') }} from {{ limits }})
{%- endmacro %}

{% macro signals_forget_returned(removed, published, identifier) -%}
  {#- Who is there, again, or because a run died that was about to remove him, is not among the removed. Said only after
      publishing: until then he is gone. -#}
  {%- set present -%}
  (
      select removed.{{ identifier }}
      from {{ removed }} as removed
      inner join {{ published }} as published on published.{{ identifier }} = removed.{{ identifier }}
  ) as present
  {%- endset -%}
  {{ signals_delete(removed, [identifier], present) }}
{%- endmacro %}

{% macro signals_remove_once(changes, identifier) -%}
  {#- A run that died may have said already that they go. -#}
  {%- if signals_is_stored() -%}
  {{ signals_delete(this, [identifier], changes ~ " where change = 'removed'") }}
  {%- endif -%}
{%- endmacro %}
