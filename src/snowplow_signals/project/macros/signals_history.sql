{#- The cache of early days. Attributes of all time read it and the days after it, so they cost the days of the longest
    window, not those since the start date. It may be dropped at any time.

    Before the states of a day that it covers change, the entities concerned get a marker, a row without a day: their cached
    row no longer counts, and their days are read one by one. The next run that changes no such day rebuilds the cache. -#}

{% macro signals_history() -%}
  {#- The table, the last day that it covers (none if there is no history), and whether any entity is marked. -#}
  {%- set history = {'relation': signals_table_of('entity_history'), 'before': none, 'is_marked': false} -%}
  {%- if history.relation is none -%}{{ return(history) }}{%- endif -%}
  {%- set made = graph.get('signals_history', {}).get(model.package_name) -%}
  {%- if made and made[0] == invocation_id and signals_is_as_built('entity_history') -%}{{ return(made[1]) }}{%- endif -%}
  {%- set found = signals_before_publishing() -%}
  {%- do history.update({'before': found.history, 'is_marked': found.marked > 0}) -%}
  {{ return(history) }}
{%- endmacro %}

{% macro signals_history_plan(limits, longest) -%}
  {#- What a run that aggregates something does with the cache. It is rebuilt when it has fallen two weeks behind the last day
      that no window needs and no late event may change. `longest`: days that the windows reach back at the most. -#}
  {%- set plan = {'action': none, 'day': none, 'changed_until': '0001-01-01', 'before': none, 'is_marked': false, 'is_moved': false} -%}
  {%- if not execute or signals_table_of('daily_aggregates') is none -%}{{ return(plan) }}{%- endif -%}
  {%- set every = var('signals__history_days', 14) -%}
  {%- set lookback = signals_setting('snowplow__late_event_lookback_days') -%}
  {#- where everything is brought in, most late events are as late as usual -#}
  {%- set usual = signals_variables()['snowplow__late_event_lookback_days'].default -%}
  {%- set settled = longest + (usual if lookback < 0 else lookback) + 1 -%}
  {%- set day = signals_days_after(signals_this_run(limits, 'as_of', 'day'), -settled) -%}
  {%- set history = signals_history() -%}
  {%- if not history.before and day < signals_days_after(signals_start_date(), every) -%}{{ return(plan) }}{%- endif -%}
  {%- do plan.update(history) -%}
  {%- set days = signals_before_publishing() -%}
  {%- set since = history.before or days.first_day -%}
  {%- set is_behind = since is not none and day >= signals_days_after(since, every) -%}
  {%- set changes = history.before is not none and days.changing != [] and days.changing[0] <= history.before -%}
  {%- if days.changing and (is_behind or history.is_marked and not changes) -%}
    {%- set day = [day, history.before or day] | max -%}
    {%- set is_moved = history.before is not none and day > history.before -%}
    {%- do plan.update({'action': 'make', 'day': day, 'changed_until': day, 'is_moved': is_moved}) -%}
    {%- set is_marked = days.changing[0] <= day -%}
  {%- elif changes -%}
    {%- do plan.update({'action': 'mark', 'changed_until': history.before}) -%}
    {%- set day, is_marked = history.before, true -%}
  {%- else -%}
    {%- set day, is_marked = history.before, history.is_marked -%}
  {%- endif -%}
  {%- do graph.setdefault('signals_history', {}).update({model.package_name: [
      invocation_id, {'relation': this, 'before': day, 'is_marked': is_marked}, plan.action
  ]}) -%}
  {{ return(plan) }}
{%- endmacro %}

{% macro signals_history_for(limits, longest) -%}
  {#- The history, if attributes as of this run's day may use it: all days of all windows must come after it. -#}
  {%- set history = signals_history() -%}
  {%- if history.before -%}
    {%- set as_of = signals_this_run(limits, 'as_of', 'day') -%}
    {%- set least = signals_days_after(as_of, signals_shift() - longest) if longest else signals_days_after(as_of, 1) -%}
    {%- if history.before >= [least, signals_days_after(as_of, 1)] | min -%}
      {{ return({'relation': none, 'before': none, 'is_marked': false}) }}
    {%- endif -%}
  {%- endif -%}
  {{ return(history) }}
{%- endmacro %}

{% macro signals_keep_history(columns) -%}
  {#- The table is there after the first run, empty, so that `dbt clone` and your own models find it; and again after it was
      dropped. `columns`: their SQL over the states. -#}
  {%- set states = signals_table_of('daily_aggregates') -%}
  {%- if signals_writes() and states is not none and signals_table_of('entity_history') is none -%}
    {%- do signals_remake('entity_history', 'select ' ~ columns | join(', ') ~ ' from ' ~ states ~ ' where false') -%}
  {%- endif -%}
{%- endmacro %}

{% macro signals_after_history(history, identifier) -%}
  {#- Whether a state of a day must be read because the history does not cover it. -#}
  {%- if not history.before -%}
  true
  {%- elif history.is_marked -%}
  (day > date '{{ history.before }}' or {{ identifier }} in ({{ signals_marked(history, identifier) }}))
  {%- else -%}
  day > date '{{ history.before }}'
  {%- endif -%}
{%- endmacro %}

{% macro signals_in_history(history, identifier) -%}
  {#- Whether a row of the history counts. -#}
  day is not null
  {%- if history.is_marked %} and {{ identifier }} not in ({{ signals_marked(history, identifier) }}){%- endif -%}
{%- endmacro %}

{% macro signals_marked(history, identifier) -%}
  select {{ identifier }} from {{ history.relation }} where day is null
{%- endmacro %}

{% macro signals_days_after(day, days) -%}
  {{ return((modules.datetime.date.fromisoformat(day) + modules.datetime.timedelta(days=days)) | string) }}
{%- endmacro %}

{% materialization signals_cache, default %}
  {%- set reason = signals_reason_to_wait() -%}
  {%- if reason -%}{{ return(signals_write_nothing(reason)) }}{%- endif -%}
  {%- set planned = graph.get('signals_history', {}).get(model.package_name, []) -%}
  {%- if planned[:1] == [invocation_id] and planned[2] == 'make' -%}
    {{ return(signals_write(signals_remade(this, sql), is_new=true)) }}
  {%- elif planned[:1] == [invocation_id] and planned[2] == 'mark' -%}
    {{ return(signals_write([signals_insert(this, sql)])) }}
  {%- endif -%}
  {{ return(signals_nothing_to_write()) }}
{% endmaterialization %}
