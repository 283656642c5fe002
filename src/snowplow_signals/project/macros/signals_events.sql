{#- Reading the events table, whichever of the layouts it has: its columns are looked up when a model runs. -#}

{% macro signals_events_columns() -%}
  {#- The events table's columns, lower-case name to type, as the first model of an invocation found them. -#}
  {%- if not execute -%}{{ return({}) }}{%- endif -%}
  {%- set known = graph.get('signals_events_columns', {}).get(model.package_name, {}) -%}
  {%- if known.get('asked_by') == invocation_id -%}{{ return(known['columns']) }}{%- endif -%}
  {%- set events = source('atomic', 'events') -%}
  {%- set found = adapter.get_relation(database=events.database, schema=events.schema, identifier=events.identifier) -%}
  {%- if found is none -%}
    {%- do exceptions.raise_compiler_error(
        "The events table " ~ events ~ " was not found. Set snowplow__database, snowplow__atomic_schema and"
        ~ " snowplow__events_table to where your events are."
    ) -%}
  {%- endif -%}
  {%- set columns = {} -%}
  {%- for column in adapter.get_columns_in_relation(found) -%}
    {%- do columns.update({column.name | lower: column.data_type}) -%}
  {%- endfor -%}
  {%- do graph.setdefault('signals_events_columns', {}).update({
      model.package_name: {'asked_by': invocation_id, 'columns': columns}
  }) -%}
  {{ return(columns) }}
{%- endmacro %}

{% macro signals_require(columns, needed) -%}
  {%- if execute -%}
    {%- for property in needed if not signals_has(columns, property.column, property.path) -%}
      {%- do exceptions.raise_compiler_error(
          "The events table " ~ source('atomic', 'events') ~ " has no " ~ property.what
          ~ ". It has: " ~ columns.keys() | sort | join(', ')
      ) -%}
    {%- endfor -%}
  {%- endif -%}
{%- endmacro %}

{% macro signals_say_what_is_missing(columns, read) -%}
  {#- A property that nobody has sent yet is no error, but a misspelt one looks the same: hence a warning. -#}
  {%- if execute -%}
    {%- for property in read if not signals_has(columns, property.column, property.path) -%}
      {%- set place = [property.column] -%}
      {%- for step in property.path -%}
        {%- do place.append('[' ~ step ~ ']' if step is integer else '.' ~ step) -%}
      {%- endfor -%}
      {%- do exceptions.warn(
          "No event has the property of attribute " ~ property.what ~ ": the events table "
          ~ source('atomic', 'events') ~ " has no " ~ place | join ~ signals_near_column(columns, property.column)
      ) -%}
    {%- endfor -%}
  {%- endif -%}
{%- endmacro %}

{% macro signals_near_column(columns, column) -%}
  {#- What may have been meant by a column that does not exist: the same schema as an entity or as an event, or the most
      similar name. -#}
  {%- if signals_versions(columns, column) -%}{{ return('') }}{%- endif -%}
  {%- set name = column | lower -%}
  {%- set turned = name | replace('unstruct_event_', 'contexts_', 1) if name.startswith('unstruct_event_')
      else name | replace('contexts_', 'unstruct_event_', 1) -%}
  {%- set near = turned if turned != name and signals_versions(columns, turned) else signals_nearest(name, columns) -%}
  {{ return("; did you mean '" ~ near ~ "'?" if near else '') }}
{%- endmacro %}

{% macro signals_value(columns, kind, column, typed, path=[], json=none) -%}
  {#- A property as text, number, boolean or time (UTC); null when the table does not have it. -#}
  {%- set values = [] -%}
  {%- for found in signals_found(columns, column, typed, path, json) -%}
    {%- do values.append(signals_convert(found.sql, found.leaf, kind) | trim) -%}
  {%- endfor -%}
  {{ 'coalesce(' ~ values | join(', ') ~ ')' if values | length > 1 else values[0] }}
{%- endmacro %}

{% macro signals_found(columns, column, typed, path, json) -%}
  {#- Where a property is and its class, for each column that has it; `leaf` is none when the table has no such field. -#}
  {%- set found = [] -%}
  {%- for name in signals_versions(columns, column) if signals_leaf(columns, name, path) is not none -%}
    {%- set sql = [typed | replace(column, name, 1), (json or '') | replace(column, name, 1)] -%}
    {%- do found.append(signals_reach(columns, name, sql[0], path, sql[1])) -%}
  {%- endfor -%}
  {{ return(found or [{'sql': typed, 'leaf': none}]) }}
{%- endmacro %}

{% macro signals_has(columns, column, path) -%}
  {#- Whether the events table has a property. -#}
  {%- for name in signals_versions(columns, column) if signals_leaf(columns, name, path) is not none -%}
    {{ return(true) }}
  {%- endfor -%}
  {{ return(false) }}
{%- endmacro %}

{% macro signals_versions(columns, column) -%}
  {#- The columns of a schema, in order of precedence: `x_1`, then those that older loaders created for minor versions, such
      as `x_1_0_2`, and those that newer loaders create for versions whose types do not fit, such as
      `x_1_recovered_1_0_2_5f3a09bc`. `x_10` belongs to another schema. -#}
  {%- set name = column | lower -%}
  {%- set names = [name] if name in columns else [] -%}
  {%- if name.startswith(('unstruct_event_', 'contexts_')) -%}
    {%- set versions = [] -%}
    {%- set pattern = '(?:_([0-9]+)_([0-9]+)(?:_recovered_[0-9a-z_]+)?|_recovered_[0-9]+_([0-9]+)_([0-9]+)_[0-9a-z_]+)' -%}
    {%- for other in columns -%}
      {%- set version = modules.re.fullmatch(modules.re.escape(name) ~ pattern, other) -%}
      {%- if version -%}
        {%- set revision, addition = version.group(1) or version.group(3), version.group(2) or version.group(4) -%}
        {%- do versions.append((revision | int, addition | int, other)) -%}
      {%- endif -%}
    {%- endfor -%}
    {%- for version in versions | sort(reverse=true) -%}{%- do names.append(version[2]) -%}{%- endfor -%}
  {%- endif -%}
  {{ return(names) }}
{%- endmacro %}

{% macro signals_loaded(columns, after=none, before=none) -%}
  {#- A condition on the load time with literals of the column's own type, so that storage is pruned. -#}
  {%- set leaf = signals_leaf(columns, 'load_tstamp', []) or 'timestamp' -%}
  {%- set conditions = [] -%}
  {%- for operator, bound in [('>=', after), ('<', before)] if bound is not none -%}
    {%- do conditions.append(signals_load_condition(leaf, operator, bound)) -%}
  {%- endfor -%}
  {{ conditions | join(' and ') }}
{%- endmacro %}

{% macro signals_taken(columns, limits) -%}
  {#- The buckets that this run takes, as ranges of literals. -#}
  {%- set asked = 'select ranges.*, planned.is_rescan from (' ~ signals_ranges(limits) ~ ') as ranges cross join'
      ~ ' (select max(case when is_rescan then 1 else 0 end) as is_rescan from ' ~ limits ~ ') as planned' -%}
  {%- set ranges = [] -%}
  {%- for row in (signals_asked_once(asked, 'base_new_event_limits') if signals_can_read(limits) else []) -%}
    {%- do ranges.append([row[0], row[1], row[2]]) -%}
  {%- endfor -%}
  {%- set ranges = ranges | sort -%}
  {%- do graph.update({'signals_rescan': [model.unique_id, invocation_id, ranges[0][2] if ranges else 0]}) -%}
  {%- if not ranges -%}
  false
  {%- else -%}
    {%- set conditions = [] -%}
    {%- for range in ranges -%}
      {%- do conditions.append('(' ~ signals_loaded(columns, range[0], range[1]) ~ ')') -%}
    {%- endfor -%}
  {{ signals_loaded(columns, ranges[0][0], ranges[-1][1]) }}
        and ({{ conditions | join(' or ') }})
  {%- endif -%}
{%- endmacro %}

{% macro signals_only_added(limits) -%}
  {#- For hours that are taken again because the scope has grown: only rows that were not in scope before. Follows
      `signals_taken`. -#}
  {%- if graph.get('signals_rescan') == [model.unique_id, invocation_id, 1] %}
        and ({{ signals_added() }})
  {%- endif -%}
{%- endmacro %}

{% macro signals_added() -%}
  {#- The condition for rows that came into scope with a changed definition, while not all hours have been taken again. -#}
  {%- set patterns = signals_patterns() -%}
  {%- set conditions = [] -%}
  {%- set asked = 'select part from ' ~ signals_table_of('definition') ~ " where part like 'added %' order by 1" -%}
  {%- for row in signals_rows(asked) -%}
    {%- set part = row[0][6:] -%}
    {%- if part.startswith('days before ') -%}
      {%- do conditions.append("day < date '" ~ part[12:] ~ "'") -%}
    {%- elif part in patterns -%}
      {%- do conditions.append('(' ~ patterns[part] ~ ')') -%}
    {%- endif -%}
  {%- endfor -%}
  {{ conditions | join(' or ') or 'false' }}
{%- endmacro %}
