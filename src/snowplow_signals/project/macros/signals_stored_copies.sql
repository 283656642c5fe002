{#- The search for stored copies of the events that a run takes. It may have to look at all that were ever stored, so it is
    made in two steps: a narrow key finds the few copies, and other columns are read of their days only. -#}

{% macro signals_stored_copies(stored, arrived, bound) -%}
  {#- The condition for events of `stored` of which rows that `arrived` may be copies. `arrived`: a query for the rows' keys and
      days; `bound`: by how many days copies of an event may differ at most, -1 for no bound. -#}
  {{ return(signals_found_by('event_key', stored, arrived, signals_days_within(arrived, bound))) }}
{%- endmacro %}

{% macro signals_days_within(arrived, bound) -%}
  {#- The condition for days that are at most `bound` days from one of those that arrived. -#}
  {%- if bound < 0 -%}{{ return('') }}{%- endif -%}
  {%- set ranges = [] -%}
  {%- set asked = 'select distinct ' ~ signals_text('day', 'day') ~ ' as day from (' ~ arrived ~ ') as arrived'
      ~ ' where day is not null order by 1' -%}
  {%- for row in signals_rows(asked) -%}
    {%- set first, last = signals_days_after(row[0], -bound), signals_days_after(row[0], bound) -%}
    {%- if ranges and first <= signals_days_after(ranges[-1].last, 1) -%}
      {%- do ranges[-1].update({'last': last}) -%}
    {%- else -%}
      {%- do ranges.append({'first': first, 'last': last, 'chunk': 0}) -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return(signals_of_ranges(ranges) if ranges else 'false') }}
{%- endmacro %}

{% macro signals_found_by(key, stored, arrived, within) -%}
  {#- The condition for stored rows with a key that arrived; `within`: what is known of their days. -#}
  {{ return(adapter.dispatch('signals_found_by')(key, stored, arrived, within)) }}
{%- endmacro %}

{% macro default__signals_found_by(key, stored, arrived, within) -%}
  {#- Engines read a column of all rows before they know which rows they need, so the days are asked for first. -#}
  {%- if within == 'false' -%}{{ return('false') }}{%- endif -%}
  {%- set days = [] -%}
  {%- set keys = '(' ~ arrived ~ ') as arrived' -%}
  {%- set asked = 'select distinct ' ~ signals_text('day', 'day') ~ ' as day from ' ~ stored ~ ' where '
      ~ (within ~ ' and ' if within else '') ~ signals_in([key], keys) -%}
  {%- for row in signals_rows(asked) -%}{%- do days.append((row[0], 0)) -%}{%- endfor -%}
  {{ return(signals_of_days(days) ~ ' and ' ~ signals_in([key], 'in_scope') if days else 'false') }}
{%- endmacro %}
