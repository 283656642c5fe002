-- Made by snowplow-batch-engine from view batch_ecommerce_attributes, version 1. Change the view, not this file.
{#- What only BigQuery says this way. -#}

{% macro signals_leaf(columns, column, path) -%}
  {#- The class of a stored value, from the column's type: text, integer, float, boolean, timestamp, timestamptz, date,
      nested, list or json; none when the table has no such column or field. -#}
  {%- set reached = signals_reached(columns[column | lower], path) if column | lower in columns else none -%}
  {{ return(none if reached is none else reached.leaf) }}
{%- endmacro %}

{% macro bigquery__signals_found(columns, column, typed, path, json) -%}
  {#- Where a property is and of which class, in each column that has it, the newest first. Inside of JSON, and of text
      that holds it, the path goes on by the keys that were tracked. `leaf` is none when the table does not have it. -#}
  {%- set found = [] -%}
  {%- set typed_steps = modules.re.findall('\\[safe_offset\\([0-9]+\\)\\]|\\.`[^`]*`|\\.\\w+', typed[column | length:]) -%}
  {%- set json_steps = modules.re.findall("(?s)\\[[0-9]+\\]|\\['(?:[^'\\\\]|\\\\.)*'\\]", (json or '')[column | length:]) -%}
  {%- for name in signals_versions(columns, column) -%}
    {%- set reached = signals_reached(columns[name], path) -%}
    {%- if reached is not none -%}
      {%- set inside = name ~ typed_steps[:reached.steps] | join -%}
      {%- if reached.leaf == 'json' and columns[name].startswith('STRING') -%}
        {%- set inside = 'safe.parse_json(' ~ name ~ ", wide_number_mode => 'round')" -%}
      {%- endif -%}
      {%- do found.append({'sql': inside ~ json_steps[reached.steps:] | join, 'leaf': reached.leaf}) -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return(found or [{'sql': typed, 'leaf': none}]) }}
{%- endmacro %}

{% macro signals_reached(type, path) -%}
  {#- The class of what is at a path, and how many steps of it are into typed data; none when there is no such field. -#}
  {%- if path and type.startswith('STRING') -%}{{ return({'leaf': 'json', 'steps': 0}) }}{%- endif -%}
  {%- set reached = namespace(type=type, json_at=none) -%}
  {%- for step in path if reached.type is not none and reached.json_at is none -%}
    {%- if reached.type == 'JSON' -%}
      {%- set reached.json_at = loop.index0 -%}
    {%- elif step is integer -%}
      {%- set reached.type = reached.type[6:-1] if reached.type.startswith('ARRAY<') else none -%}
    {%- else -%}
      {%- set reached.type = signals_struct_field(reached.type, step) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- if reached.type is none -%}{{ return(none) }}{%- endif -%}
  {%- if reached.json_at is not none -%}{{ return({'leaf': 'json', 'steps': reached.json_at}) }}{%- endif -%}
  {{ return({'leaf': signals_leaf_of_type(reached.type), 'steps': path | length}) }}
{%- endmacro %}

{% macro signals_leaf_of_type(type) -%}
  {{ return({
      'INT64': 'integer', 'INTEGER': 'integer', 'NUMERIC': 'integer', 'BIGNUMERIC': 'integer',
      'FLOAT64': 'float', 'FLOAT': 'float', 'BOOL': 'boolean', 'BOOLEAN': 'boolean',
      'DATE': 'date', 'DATETIME': 'timestamp', 'TIMESTAMP': 'timestamptz', 'JSON': 'json',
      'STRUCT': 'nested', 'ARRAY': 'list', 'RANGE': 'nested',
      'BYTES': 'nested', 'GEOGRAPHY': 'nested', 'INTERVAL': 'nested'
  }.get(modules.re.split('[<(]', type)[0], 'text')) }}
{%- endmacro %}

{% macro signals_struct_field(type, field) -%}
  {#- The type of a field of `STRUCT<a STRING, b ARRAY<NUMERIC(5, 2)>>`, or none. -#}
  {%- if not type.startswith('STRUCT<') -%}{{ return(none) }}{%- endif -%}
  {%- set member = namespace(depth=0, tokens=[], type=none) -%}
  {%- for token in modules.re.findall('[<>(),]|[^<>(),]+', type[7:-1]) + [','] -%}
    {%- if token == ',' and member.depth == 0 -%}
      {%- set words = member.tokens | join | trim -%}
      {%- if words.split(' ')[0].strip('`') | lower == field | lower -%}
        {%- set member.type = words[words.index(' ') + 1:] | trim -%}
      {%- endif -%}
      {%- set member.tokens = [] -%}
    {%- else -%}
      {%- if token in ['<', '('] -%}{%- set member.depth = member.depth + 1 -%}{%- endif -%}
      {%- if token in ['>', ')'] -%}{%- set member.depth = member.depth - 1 -%}{%- endif -%}
      {%- do member.tokens.append(token) -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return(member.type) }}
{%- endmacro %}

{% macro signals_load_condition(leaf, operator, bound) -%}
  {#- Of the column's own type: only then are its partitions pruned. -#}
  {%- if leaf == 'timestamptz' -%}
  load_tstamp {{ operator }} timestamp '{{ bound }}+00'
  {%- elif leaf == 'timestamp' -%}
  load_tstamp {{ operator }} datetime '{{ bound }}'
  {%- else -%}
  {{ signals_convert('load_tstamp', leaf, 'time') }} {{ operator }} datetime '{{ bound }}'
  {%- endif -%}
{%- endmacro %}

{% macro signals_ranges(limits) -%}
  {#- The taken hours, neighbours joined; above a hundred gaps one range, the join on the bucket does the rest. -#}
  with numbered as (
      select bucket, row_number() over (order by bucket) as place
      from {{ limits }}
      where bucket is not null
  ),
  ranges as (
      select min(bucket) as first_hour, datetime_add(max(bucket), interval 1 hour) as after_last_hour
      from numbered
      group by datetime_sub(bucket, interval place hour)
  ),
  joined as (
      select *, count(*) over () > 100 as are_many
      from ranges
  )
  select cast(min(first_hour) as string), cast(max(after_last_hour) as string)
  from joined
  group by case when are_many then datetime '1970-01-01 00:00:00' else first_hour end
  order by 1
{%- endmacro %}

{% macro signals_text_literal(text) -%}
  '{{ text | replace('\\', '\\\\') | replace("'", "\\'") | replace('\n', '\\n') | replace('\r', '\\r') }}'
{%- endmacro %}

{% macro signals_clock() -%}
  current_datetime('UTC')
{%- endmacro %}

{% macro signals_later(seconds) -%}
  datetime_add({{ signals_clock() }}, interval {{ seconds }} second)
{%- endmacro %}

{% macro signals_create_lease(lease) -%}
  {#- With its row: of two statements that change one row the second sees what the first did, two that add one both may. -#}
  create table if not exists {{ lease }}
  as
  select 1 as one, '' as holder, datetime '1970-01-01 00:00:00' as until
{%- endmacro %}

{% macro signals_text(value, kind='text') -%}
  cast({{ value }} as string)
{%- endmacro %}

{% macro bigquery__signals_hour(time) -%}
  datetime_trunc({{ time }}, hour)
{%- endmacro %}

{% macro bigquery__signals_in(columns, rows) -%}
  {#- A subquery has one column: of structs where several are compared. -#}
  {%- set names = '(' ~ columns | join(', ') ~ ')' if columns | length > 1 else columns[0] -%}
  {{ names }} in (select {{ names }} from {{ rows }})
{%- endmacro %}

{% macro signals_in_days(days) -%}
  {#- Whether `day` is one of the days in a table, as literals: only then are other partitions left alone. -#}
  {%- set found = signals_rows('select distinct ' ~ signals_text('day', 'day') ~ ' from ' ~ days ~ ' order by 1') -%}
  {%- set literals = [] -%}
  {%- for row in found -%}{%- do literals.append("date '" ~ row[0] ~ "'") -%}{%- endfor -%}
  {{ 'day in (' ~ literals | join(', ') ~ ')' if literals else 'false' }}
{%- endmacro %}

{% macro signals_found_by(key, wanted, relation) -%}
  {{ signals_in([key], wanted) }}
{%- endmacro %}

{% macro signals_lasting_hash() -%}
  {#- Of a row of load, from md5. -#}
  cast(cast(concat('0x', substr(to_hex(md5({{ signals_row_of_load() }})), 1, 15)) as int64) as numeric)
{%- endmacro %}

{% macro signals_quick_hash() -%}
  {#- Of a row of load, at a lower cost. -#}
  cast(farm_fingerprint({{ signals_row_of_load() }}) as numeric)
{%- endmacro %}

{% macro signals_row_of_load() -%}
  concat(event_id, '|', cast(unix_micros(timestamp(load_tstamp, 'UTC')) as string))
{%- endmacro %}

{% macro signals_create_table(relation, query) -%}
  {#- In one statement: until it is through, others read the table that was there. What a table with partitions or
      clusters is made from cannot be ordered, and the order of a subquery is not kept. -#}
  create or replace table {{ relation }}
  {%- if config.get('partition_by') %}
  partition by {{ config.get('partition_by')['field'] }}
  {%- endif %}
  {%- if config.get('cluster_by') %}
  cluster by {{ config.get('cluster_by') | join(', ') }}
  {%- endif %}
  as
  select *
  from (
  {{ query }}
  )
{%- endmacro %}

{% macro signals_names(relation) -%}
  {#- The names of a table's columns: what comes in is found by them, not by its place. -#}
  {{ return(adapter.get_columns_in_relation(relation) | map(attribute='name') | list) }}
{%- endmacro %}

{% macro signals_insert(relation, query) -%}
  {%- set names = signals_names(relation) | join(', ') -%}
  insert into {{ relation }} ({{ names }})
  select {{ names }}
  from (
  {{ query }}
  )
{%- endmacro %}

{% macro signals_replace_rows(relation, key, query) -%}
  {#- Statements that put the rows of a query in the place of those with their keys. -#}
  {{ return([signals_merge(relation, '(\n' ~ query ~ '\n)', 'stored.' ~ key ~ ' = given.' ~ key)]) }}
{%- endmacro %}

{% macro signals_merge(relation, rows, condition) -%}
  {%- set names = signals_names(relation) -%}
  merge into {{ relation }} as stored
  using {{ rows }} as given
  on {{ condition }}
  when matched then update set
  {%- for name in names %} {{ name }} = given.{{ name }}{{ ',' if not loop.last }}{% endfor %}
  when not matched then insert ({{ names | join(', ') }})
  values ({% for name in names %}given.{{ name }}{{ ', ' if not loop.last }}{% endfor %})
{%- endmacro %}

{% macro signals_replace_days(relation, which, query) -%}
  {%- set names = signals_names(relation) -%}
  merge into {{ relation }} as stored
  using (
  {{ query }}
  ) as given
  on false
  when not matched by source and stored.{{ which }} then delete
  when not matched then insert ({{ names | join(', ') }})
  values ({% for name in names %}given.{{ name }}{{ ', ' if not loop.last }}{% endfor %})
{%- endmacro %}

{% macro signals_claim(limits) -%}
  {#- Nobody else may be writing. A run that died may have stored the events of its chunk without saying so. -#}
  {%- if execute -%}{%- do signals_take_lease() -%}{%- endif -%}
  {%- set chunks = signals_state(model.package_name ~ '_chunk_manifest', 'snowplow_manifest') -%}
  {%- set events = signals_state(model.package_name ~ '_filtered_events', 'derived') -%}
  {%- if chunks is not none and events is not none -%}
    {%- for row in signals_rows('select chunk from ' ~ chunks ~ ' where not is_stored') -%}
      {%- if signals_rows('select 1 from ' ~ events ~ ' where chunk = ' ~ row[0] ~ ' limit 1') -%}
        {%- do run_query('update ' ~ chunks ~ ' set is_stored = true where chunk = ' ~ row[0]) -%}
      {%- endif -%}
    {%- endfor -%}
  {%- endif -%}
{%- endmacro %}
