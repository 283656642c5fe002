{#- What the first model of this run has determined and stored. -#}

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

{% macro signals_planned(limits) -%}
  {#- The plan of this run. By another one nothing is noted: a statement of a run that was killed may come after the next run
      has planned. A model that is built by itself follows the plan that is there. -#}
  {{ return('(select * from ' ~ limits ~ " where run_id = '" ~ signals_run().run_id ~ "')" if signals_run().has_lease else limits) }}
{%- endmacro %}

{% macro signals_in_window(limits, window) -%}
  {#- Whether `day` lies in a window of this run. -#}
  {%- set as_of = modules.datetime.date.fromisoformat(signals_this_run(limits, 'as_of', 'day')) -%}
  {%- set days = signals_window(window, as_of, signals_shift()) -%}
  day >= date '{{ days[0] }}' and day < date '{{ days[1] }}'
{%- endmacro %}

{% macro signals_window(window, as_of, shift) -%}
  {#- The first day of a window, and the day after its last one. `window` is a number of days or a unit of the calendar, or a
      list of that and how many days or units ago it ended. `shift`: see below. -#}
  {%- set length, ago = (window, 0) if window is number or window is string else window -%}
  {%- if length is number -%}
    {%- set after = as_of + modules.datetime.timedelta(days=shift - ago) -%}
    {{ return([after - modules.datetime.timedelta(days=length), after]) }}
  {%- endif -%}
  {%- set latest = as_of + modules.datetime.timedelta(days=shift) -%}
  {{ return([signals_first_day(length, as_of, ago), signals_first_day(length, as_of, ago - 1) if ago else latest]) }}
{%- endmacro %}

{% macro signals_first_day(unit, day, ago) -%}
  {#- The first day of the week, month, quarter or year that `day` is in, or of the one so many before it. -#}
  {%- if unit == 'week' -%}
    {{ return(day - modules.datetime.timedelta(days=day.weekday() + 7 * ago)) }}
  {%- endif -%}
  {%- set months = {'month': 1, 'quarter': 3, 'year': 12}[unit] -%}
  {%- set month = (day.year * 12 + day.month - 1) // months * months - ago * months -%}
  {{ return(modules.datetime.date(month // 12, month % 12 + 1, 1)) }}
{%- endmacro %}

{% macro signals_shift() -%}
  {#- By how many days windows end later than the day before `as_of`: 1 if they include the current day. -#}
  {{ return(1 if signals_setting('snowplow__include_current_day_in_windows') else 0) }}
{%- endmacro %}

{% macro signals_before_publishing() -%}
  {#- What the models ask before the states change, in one query: as of which day the attributes were published, the days
      whose states are about to change, in order, each with the first chunk of what is added to them, those that are
      recomputed, the first day that has states, the last day that the cache of early days covers, and how many entities are
      marked in it. -#}
  {%- set publication = signals_table_of('publication_manifest') -%}
  {%- set manifest, chosen = signals_table_of('daily_aggregation_manifest'), signals_table_of('days_out_of_date') -%}
  {%- set parts = [] -%}
  {%- if publication is not none -%}
    {%- do parts.append("select 'published' as what, " ~ signals_text('as_of', 'day') ~ ' as day, days_shifted as number from '
        ~ publication) -%}
  {%- endif -%}
  {%- if manifest is not none -%}
    {%- do parts.append("select 'first' as what, " ~ signals_text('min(day)', 'day') ~ ' as day, 0 as number from '
        ~ manifest ~ ' where aggregated_chunk is not null') -%}
  {%- endif -%}
  {%- if chosen is not none -%}
    {%- do parts.append("select 'changing' as what, " ~ signals_text('day', 'day') ~ ' as day, since_chunk as number from '
        ~ chosen ~ ' where is_due') -%}
    {%- do parts.append("select 'recomputed' as what, " ~ signals_text('day', 'day') ~ ' as day, since_chunk as number from '
        ~ chosen ~ ' where is_due and is_recomputed') -%}
  {%- endif -%}
  {%- set history = signals_table_of('entity_history') -%}
  {%- if history is not none -%}
    {%- do parts.append("select 'history' as what, " ~ signals_text('max(day)', 'day')
        ~ ' as day, count(case when day is null then 1 end) as number from ' ~ history) -%}
  {%- endif -%}
  {%- set found = {'as_of': none, 'days_shifted': none, 'first_day': none, 'changing': [], 'since': [], 'recomputed': [],
      'history': none, 'marked': 0} -%}
  {%- set asked = parts | join('\nunion all\n') ~ '\norder by what, day' -%}
  {%- for row in (signals_asked_once(asked, 'days_out_of_date') if parts else []) -%}
    {%- if row[0] == 'published' -%}
      {%- do found.update({'as_of': row[1], 'days_shifted': row[2]}) -%}
    {%- elif row[0] == 'first' -%}
      {%- do found.update({'first_day': row[1]}) -%}
    {%- elif row[0] == 'history' -%}
      {%- do found.update({'history': row[1], 'marked': row[2]}) -%}
    {%- elif row[0] == 'recomputed' -%}
      {%- do found.recomputed.append(row[1]) -%}
    {%- else -%}
      {%- do found.changing.append(row[1]) -%}
      {%- do found.since.append((row[1], row[2] | int)) -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return(found) }}
{%- endmacro %}

{% macro signals_moved_days(publication, limits, windows) -%}
  {#- Days that have entered or left a window since the attributes were last published. -#}
  {%- set last = signals_before_publishing() -%}
  {%- if not last.as_of -%}
  false
  {%- else -%}
    {%- set date = modules.datetime.date -%}
    {%- set days = modules.datetime.timedelta -%}
    {#- no event is later than this bound, which earlier versions did not have -#}
    {%- set latest = signals_variables()['snowplow__as_of_date'].most -%}
    {%- set was = date.fromisoformat([last.as_of, latest] | min) -%}
    {%- set is = date.fromisoformat(signals_this_run(limits, 'as_of', 'day')) -%}
    {%- set was_end = was + days(days=last.days_shifted) -%}
    {%- set is_end = is + days(days=signals_shift()) -%}
    {%- set edges = [(was + days(days=1), is + days(days=1)), (was_end, is_end)] -%}
    {%- for window in windows -%}
      {%- set before = signals_window(window, was, last.days_shifted) -%}
      {%- set now = signals_window(window, is, signals_shift()) -%}
      {%- do edges.extend([(before[0], now[0]), (before[1], now[1])]) -%}
    {%- endfor -%}
    {%- set ranges = [] -%}
    {%- for edge in edges if edge[0] != edge[1] -%}
      {%- do ranges.append("(day >= date '" ~ (edge | min) ~ "' and day < date '" ~ (edge | max) ~ "')") -%}
    {%- endfor -%}
  {{ ranges | unique | join(' or ') or 'false' }}
  {%- endif -%}
{%- endmacro %}

{% macro signals_due(days) -%}
  {#- Of the days whose events changed, those that are aggregated now. -#}
  {{ return('(select * from ' ~ days ~ ' where is_due)') }}
{%- endmacro %}

{% macro signals_mark_stored(chunks, limits) -%}
  {%- if signals_writes() -%}
  update {{ chunks }} set is_stored = true where chunk = {{ signals_this_run(limits, 'chunk') }}
  {%- endif -%}
{%- endmacro %}

{% macro signals_mark_aggregated(manifest, days) -%}
  {#- Called after the days' aggregates were replaced, in the same transaction. A day that was marked again meanwhile stays
      marked. -#}
  {{ signals_update(manifest, days, 'given.day = stored.day and given.marked_chunk = stored.marked_chunk', {
      'is_out_of_date': 'false',
      'pending_events': '0',
      'pending_late_events': '0',
      'pending_late_events_in_reach': '0',
      'counted_chunk': 'given.marked_chunk',
      'aggregated_chunk': 'given.marked_chunk'
  }) }}
{%- endmacro %}

{% macro signals_mark_values(manifest, days) -%}
  {#- Records that the lists and frequencies of these days are up to date, for models that are built in another process. Our
      `run` builds all states in one process and needs no record. -#}
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
  {#- Stores the pending events of dirty days, for `status`, and so that they are counted once. -#}
  {#- A day that a run has begun to aggregate is never deferred later: its lists and its other states would disagree. -#}
  {{ signals_update(manifest, days, 'given.day = stored.day and given.marked_chunk = stored.marked_chunk', {
      'pending_events': 'given.pending_events',
      'pending_late_events': 'given.pending_late_events',
      'pending_late_events_in_reach': 'given.pending_late_events_in_reach',
      'counted_chunk': 'given.marked_chunk',
      'counted_lookback_days': 'given.counted_lookback_days',
      'left_chunk': 'case when given.is_due then given.marked_chunk else stored.left_chunk end'
  }) }}
{%- endmacro %}

{% macro signals_column_names(relation) -%}
  {#- Lower-case column names, sorted; empty when the table does not exist. -#}
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
  {#- The published attributes table, if it has that identifier, and whether it has the columns that it will have, so that
      rows can be compared; of several views each is, if it has all columns of that view. -#}
  {%- set found = signals_column_names(relation) -%}
  {%- set is_there = identifier in found and 'updated_at' in found -%}
  {%- set redefined = [] -%}
  {%- if is_there and signals_table_of('publication_manifest') is none -%}
    {#- the definition has changed since -#}
    {%- set redefined = signals_redefined(signals_table_of('definition')) -%}
  {%- endif -%}
  {%- set columns = found | reject('in', redefined) | list -%}
  {{ return({
      'relation': relation if is_there else none,
      'columns': columns if is_there else [],
      'is_comparable': columns == names | map('lower') | sort | list,
  }) }}
{%- endmacro %}

{% macro signals_has_columns(relation, names) -%}
  {#- Whether a table exists and has exactly these columns, in any order. -#}
  {{ return(signals_column_names(relation) == names | map('lower') | sort | list) }}
{%- endmacro %}

{% macro signals_seen(dirty, days, limits) -%}
  {#- Identifies what a comparison with the published rows was computed from: dirty entities, aggregated days, the plan, and
      whether windows include the current day. The text changes as soon as one of them does. -#}
  (select {{ signals_text('count(*)') }} from {{ dirty }})
    || '|' || (select {{ signals_text('coalesce(sum(aggregated_chunk), 0)') }} from {{ days }})
    || '|' || (select {{ signals_text('max(chunk)') }} from {{ limits }})
    || '|{{ signals_shift() }}'
{%- endmacro %}

{% macro signals_removals(changes) -%}
  {#- How many entities this run removes, and how many were removed before. -#}
  {%- if not execute or load_cached_relation(changes) is none -%}{{ return({'added': 0, 'before': 0}) }}{%- endif -%}
  {%- set removed = signals_table_of('removed_entities') -%}
  {%- set found = signals_rows(
      'select (select count(*) from ' ~ changes ~ " where change = 'removed'), "
      ~ ('0' if removed is none else '(select count(*) from ' ~ removed ~ ')')
  )[0] -%}
  {%- set removals = {'added': found[0], 'before': found[1]} -%}
  {%- do graph.setdefault('signals_removals', {}).update({model.package_name: [invocation_id, removals]}) -%}
  {{ return(removals) }}
{%- endmacro %}

{% macro signals_forget_returned(removed, published, identifier) -%}
  {#- Entities that have a row, because they returned or because a run died before it removed them, leave removed_entities.
      Called only after publishing: until then they count as removed. -#}
  {%- set known = graph.get('signals_removals', {}).get(model.package_name, []) -%}
  {%- set is_empty = known[:1] == [invocation_id] and not known[1].added and not known[1].before
      and signals_is_as_built('removed_entities') -%}
  {%- if not is_empty -%}
    {%- set present -%}
  (
      select removed.{{ identifier }}
      from {{ removed }} as removed
      inner join {{ published }} as published on published.{{ identifier }} = removed.{{ identifier }}
  ) as present
    {%- endset -%}
  {{ signals_delete(removed, [identifier], present) }}
  {%- endif -%}
{%- endmacro %}

{% macro signals_remove_once(changes, identifier) -%}
  {#- A run that died may have listed them already. -#}
  {%- if signals_is_stored() -%}
  {{ signals_delete(this, [identifier], changes ~ " where change = 'removed'") }}
  {%- endif -%}
{%- endmacro %}
