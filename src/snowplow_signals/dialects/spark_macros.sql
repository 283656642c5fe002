{#- What only Spark and Databricks, with Delta Lake, say this way. -#}

{% macro signals_leaf(columns, column, path) -%}
  {#- The class of a stored value, from the column's type: text, integer, float, boolean, timestamp, timestamptz, date,
      nested or json; 'json column' when the path goes on inside of JSON; none when the table has no such column or field. -#}
  {%- set reached = namespace(type=columns.get(column | lower)) -%}
  {%- if reached.type is none -%}{{ return(none) }}{%- endif -%}
  {%- if ' more field' in reached.type -%}
    {#- `describe` leaves out the fields of a wide struct -#}
    {%- set asked = 'select typeof(any_value(' ~ column ~ ')) from ' ~ source('atomic', 'events') ~ ' where false' -%}
    {%- set reached.type = run_query(asked).rows[0][0] -%}
    {%- do columns.update({column | lower: reached.type}) -%}
  {%- endif -%}
  {%- if path and modules.re.fullmatch('string|variant|(var)?char\\([0-9]+\\)', reached.type) -%}
    {{ return('json column') }}
  {%- endif -%}
  {%- for step in path if reached.type is not none -%}
    {%- if step is integer -%}
      {%- set reached.type = reached.type[6:-1] if reached.type.startswith('array<') else none -%}
    {%- else -%}
      {%- set reached.type = signals_struct_field(reached.type, step) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- if reached.type is none -%}{{ return(none) }}{%- endif -%}
  {{ return(signals_leaf_of_type(reached.type)) }}
{%- endmacro %}

{% macro signals_leaf_of_type(type) -%}
  {%- if type.startswith(('struct<', 'array<', 'map<')) -%}{{ return('nested') }}{%- endif -%}
  {%- if type.startswith('decimal') -%}{{ return('integer') }}{%- endif -%}
  {{ return({
      'tinyint': 'integer', 'smallint': 'integer', 'int': 'integer', 'bigint': 'integer',
      'float': 'float', 'double': 'float', 'boolean': 'boolean', 'date': 'date',
      'timestamp': 'timestamptz', 'timestamp_ntz': 'timestamp', 'variant': 'json'
  }.get(type, 'text')) }}
{%- endmacro %}

{% macro signals_struct_field(type, field) -%}
  {#- The type of a field of `struct<a:string,b c:array<double>>`, or of a map's values, or none. -#}
  {%- if type.startswith('map<string,') -%}{{ return(type[11:-1]) }}{%- endif -%}
  {%- if not type.startswith('struct<') -%}{{ return(none) }}{%- endif -%}
  {%- set member = namespace(depth=0, tokens=[], type=none) -%}
  {%- set tokens = modules.re.findall('decimal\\([0-9]+,[0-9]+\\)|[<>,:]|[^<>,:]+', type[7:-1]) -%}
  {%- for token in tokens + [','] -%}
    {%- if token == ',' and member.depth == 0 -%}
      {%- set words = member.tokens | join('') -%}
      {%- if words.split(':')[0] | lower == field | lower -%}
        {%- set member.type = words[words.index(':') + 1:] -%}
      {%- endif -%}
      {%- set member.tokens = [] -%}
    {%- else -%}
      {%- if token == '<' -%}{%- set member.depth = member.depth + 1 -%}{%- endif -%}
      {%- if token == '>' -%}{%- set member.depth = member.depth - 1 -%}{%- endif -%}
      {%- do member.tokens.append(token) -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return(member.type) }}
{%- endmacro %}

{% macro signals_json(columns, column, json) -%}
  {%- if columns.get(column | lower) == 'variant' -%}
  {{ json | replace(column, 'to_json(' ~ column ~ ')', 1) }}
  {%- else -%}
  {{ json }}
  {%- endif -%}
{%- endmacro %}

{% macro signals_load_condition(leaf, operator, bound) -%}
  {%- if leaf == 'timestamptz' -%}
  load_tstamp {{ operator }} timestamp '{{ bound }} UTC'
  {%- elif leaf == 'timestamp' -%}
  load_tstamp {{ operator }} timestamp_ntz '{{ bound }}'
  {%- else -%}
  {{ signals_convert('load_tstamp', leaf, 'time') }} {{ operator }} timestamp_ntz '{{ bound }}'
  {%- endif -%}
{%- endmacro %}

{% macro signals_ranges(limits) -%}
  {#- The taken hours, neighbours joined; above a hundred gaps one range, the join on the bucket does the rest. -#}
  with buckets as (
      select bucket, bucket - make_dt_interval(0, row_number() over (order by bucket)) as island
      from {{ limits }}
      where bucket is not null
  ),
  ranges as (
      select min(bucket) as first_hour, max(bucket) + make_dt_interval(0, 1) as after_last_hour
      from buckets
      group by island
  ),
  joined as (
      select *, count(*) over () > 100 as are_many
      from ranges
  )
  select cast(min(first_hour) as string), cast(max(after_last_hour) as string)
  from joined
  group by case when are_many then timestamp_ntz '1970-01-01 00:00:00' else first_hour end
  order by 1
{%- endmacro %}

{% macro signals_text_literal(text) -%}
  '{{ text | replace('\\', '\\\\') | replace("'", "\\'") }}'
{%- endmacro %}

{% macro signals_clock() -%}
  timestampadd(microsecond, unix_micros(current_timestamp()), timestamp_ntz '1970-01-01 00:00:00')
{%- endmacro %}

{% macro signals_later(seconds) -%}
  {{ signals_clock() }} + make_dt_interval(0, 0, 0, {{ seconds }})
{%- endmacro %}

{% macro signals_create_lease(lease) -%}
  create table if not exists {{ lease }} (one int, holder string, until timestamp_ntz) using delta
{%- endmacro %}

{% macro signals_text(value, kind='text') -%}
  cast({{ value }} as string)
{%- endmacro %}

{% macro spark__signals_hour(time) -%}
  cast(cast({{ time }} as date) as timestamp_ntz) + make_dt_interval(0, hour({{ time }}))
{%- endmacro %}

{% macro signals_in_days(days) -%}
  {#- Whether `day` is one of the days in a table, as literals, so that only their files are read and replaced. -#}
  {%- set found = signals_rows('select distinct ' ~ signals_text('day', 'day') ~ ' from ' ~ days ~ ' order by 1') -%}
  {%- set literals = [] -%}
  {%- for row in found -%}{%- do literals.append("date '" ~ row[0] ~ "'") -%}{%- endfor -%}
  {{ 'day in (' ~ literals | join(', ') ~ ')' if literals else 'false' }}
{%- endmacro %}

{% macro signals_same(columns) -%}
  {%- for column in columns -%}stored.{{ column }} = given.{{ column }}{{ ' and ' if not loop.last }}{%- endfor -%}
{%- endmacro %}

{% macro spark__signals_delete(relation, columns, rows, within=none) -%}
  {#- The rows whose columns are those of one of `rows`; `within`: what is known of them, so that few files are read. -#}
  merge into {{ relation }} as stored
  using (select distinct {{ columns | join(', ') }} from {{ rows }}) as given
  on {{ 'stored.' ~ within ~ ' and ' if within }}{{ signals_same(columns) }}
  when matched then delete
{%- endmacro %}

{% macro signals_found_by(key, wanted, relation) -%}
  {{ signals_in([key], wanted) }}
{%- endmacro %}

{% macro signals_lasting_hash() -%}
  {#- Of a row of load, the same in every version of the engine; a sum of them does not overflow. -#}
  cast(conv(left(md5(event_id || '|' || cast(load_tstamp as string)), 15), 16, 10) as decimal(28, 0))
{%- endmacro %}

{% macro signals_quick_hash() -%}
  {#- Of a row of load, at a lower cost; another version of the engine may give another one. -#}
  cast(xxhash64(event_id, cast(load_tstamp as string)) as decimal(28, 0))
{%- endmacro %}

{% macro signals_create_table(relation, query) -%}
  {#- In one commit: until it is through, others read the table that was there. -#}
  create or replace table {{ relation }}
  using delta
  {{ signals_layout() }}
  as
  {{ query }}
{%- endmacro %}

{% macro signals_insert(relation, query) -%}
  insert into {{ relation }} by name
  {{ query }}
{%- endmacro %}

{% macro signals_replace_rows(relation, key, query) -%}
  {#- Statements that put the rows of a query in the place of those with their keys. -#}
  {%- set same = 'stored.' ~ key ~ ' = given.' ~ key -%}
  {%- if ' in (select' not in query -%}
    {{ return([signals_merge(relation, '(' ~ query ~ ')', same)]) }}
  {%- endif -%}
  {#- Delta reads no table in a subquery of what it merges ("Table does not support reads"). -#}
  {%- set rows = relation.incorporate(path={'identifier': relation.identifier ~ '__rows'}) -%}
  {{ return([
      'create or replace table ' ~ rows ~ ' using delta as ' ~ query,
      signals_merge(relation, rows, same),
      'drop table ' ~ rows,
  ]) }}
{%- endmacro %}

{% macro signals_merge(relation, rows, condition) -%}
  merge into {{ relation }} as stored
  using {{ rows }} as given
  on {{ condition }}
  when matched then update set *
  when not matched then insert *
{%- endmacro %}

{% macro signals_replace_days(relation, which, query) -%}
  {#- It refuses rows of other days. -#}
  insert into {{ relation }} replace where {{ which }}
  {{ query }}
{%- endmacro %}

{% macro signals_claim(limits) -%}
  {#- Nobody else may be writing. A run that died may have stored the events of its chunk without saying so. -#}
  {%- if execute and flags.WHICH in ('run', 'build', 'retry') -%}
    {%- do signals_take_lease() -%}
    {%- set chunks = signals_state(model.package_name ~ '_chunk_manifest', 'snowplow_manifest') -%}
    {%- set events = signals_state(model.package_name ~ '_filtered_events', 'derived') -%}
    {%- if chunks is not none and events is not none -%}
      {%- for row in signals_rows('select chunk from ' ~ chunks ~ ' where not is_stored') -%}
        {%- if signals_rows('select 1 from ' ~ events ~ ' where chunk = ' ~ row[0] ~ ' limit 1') -%}
          {%- do run_query('update ' ~ chunks ~ ' set is_stored = true where chunk = ' ~ row[0]) -%}
        {%- endif -%}
      {%- endfor -%}
    {%- endif -%}
  {%- endif -%}
{%- endmacro %}

{% macro spark__signals_update(relation, rows, condition, changes) -%}
  merge into {{ relation }} as stored
  using {{ rows }} as given
  on {{ condition }}
  when matched then update set
  {%- for column, value in changes.items() %}
      {{ column }} = {{ value }}{{ ',' if not loop.last }}
  {%- endfor %}
{%- endmacro %}
