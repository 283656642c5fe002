-- Made by snowplow-batch-engine from view batch_ecommerce_attributes, version 1. Change the view, not this file.
{#- What only DuckDB says this way. -#}

{% macro signals_leaf(columns, column, path) -%}
  {#- The class of a stored value, from the column's type: text, integer, float, boolean, timestamp, timestamptz, date,
      nested or json; 'json column' when the path goes on inside a JSON column; none when the table has no such column
      or field. -#}
  {%- set reached = namespace(type=columns.get(column | lower)) -%}
  {%- if reached.type is none -%}{{ return(none) }}{%- endif -%}
  {%- if reached.type == 'JSON' and path -%}{{ return('json column') }}{%- endif -%}
  {%- for step in path if reached.type is not none -%}
    {%- if step is integer -%}
      {%- set reached.type = modules.re.sub('\\[[0-9]*\\]$', '', reached.type) if reached.type.endswith(']') else none -%}
    {%- else -%}
      {%- set reached.type = signals_struct_field(reached.type, step) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- if reached.type is none -%}{{ return(none) }}{%- endif -%}
  {{ return(signals_leaf_of_type(reached.type)) }}
{%- endmacro %}

{% macro signals_leaf_of_type(type) -%}
  {%- if type.endswith(']') or type.startswith(('STRUCT(', 'MAP(', 'UNION(')) or type in ('BLOB', 'BIT') -%}
    {{ return('nested') }}
  {%- endif -%}
  {%- if type.startswith('DECIMAL') or type in (
      'TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'HUGEINT', 'UTINYINT', 'USMALLINT', 'UINTEGER', 'UBIGINT', 'UHUGEINT'
  ) -%}
    {{ return('integer') }}
  {%- endif -%}
  {%- if type in ('FLOAT', 'DOUBLE') -%}{{ return('float') }}{%- endif -%}
  {%- if type == 'BOOLEAN' -%}{{ return('boolean') }}{%- endif -%}
  {%- if type == 'DATE' -%}{{ return('date') }}{%- endif -%}
  {%- if type == 'TIMESTAMP WITH TIME ZONE' -%}{{ return('timestamptz') }}{%- endif -%}
  {%- if type.startswith('TIMESTAMP') -%}{{ return('timestamp') }}{%- endif -%}
  {%- if type == 'JSON' -%}{{ return('json') }}{%- endif -%}
  {{ return('text') }}
{%- endmacro %}

{% macro signals_struct_field(type, field) -%}
  {#- The type of a field of `STRUCT(a VARCHAR, "b c" STRUCT(d INTEGER[]))`, or none. -#}
  {%- if not type.startswith('STRUCT(') or not type.endswith(')') -%}{{ return(none) }}{%- endif -%}
  {%- set member = namespace(depth=0, tokens=[], type=none) -%}
  {%- set tokens = modules.re.findall('"(?:[^"]|"")*"|\'(?:[^\']|\'\')*\'|[(),]|\\s+|[^\\s(),"\']+', type[7:-1]) -%}
  {%- for token in tokens + [','] -%}
    {%- if token == ',' and member.depth == 0 -%}
      {%- set words = member.tokens | join('') | trim -%}
      {%- set name = (modules.re.match('"(?:[^"]|"")*"|\\S+', words)).group(0) -%}
      {%- set plain = name[1:-1] | replace('""', '"') if name.startswith('"') else name -%}
      {%- if plain | lower == field | lower -%}{%- set member.type = words[name | length:] | trim -%}{%- endif -%}
      {%- set member.tokens = [] -%}
    {%- else -%}
      {%- if token == '(' -%}{%- set member.depth = member.depth + 1 -%}{%- endif -%}
      {%- if token == ')' -%}{%- set member.depth = member.depth - 1 -%}{%- endif -%}
      {%- do member.tokens.append(token) -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return(member.type) }}
{%- endmacro %}

{% macro signals_json(columns, column, json) -%}
  {{ json }}
{%- endmacro %}

{% macro signals_load_condition(leaf, operator, bound) -%}
  {%- if leaf == 'timestamptz' -%}
  load_tstamp {{ operator }} timestamptz '{{ bound }}+00'
  {%- elif leaf == 'timestamp' -%}
  load_tstamp {{ operator }} timestamp '{{ bound }}'
  {%- else -%}
  {{ signals_convert('load_tstamp', leaf, 'time') }} {{ operator }} timestamp '{{ bound }}'
  {%- endif -%}
{%- endmacro %}

{% macro signals_ranges(limits) -%}
  {#- The taken hours, neighbours joined; above a hundred gaps one range, the join on the bucket does the rest. -#}
  with buckets as (
      select bucket, bucket - row_number() over (order by bucket) * interval 1 hour as island
      from {{ limits }}
      where bucket is not null
  ),
  ranges as (
      select min(bucket) as first_hour, max(bucket) + interval 1 hour as after_last_hour
      from buckets
      group by island
  )
  select cast(min(first_hour) as varchar), cast(max(after_last_hour) as varchar)
  from ranges
  group by case when (select count(*) from ranges) > 100 then timestamp '1970-01-01' else first_hour end
  order by 1
{%- endmacro %}

{% macro signals_text_literal(text) -%}
  '{{ text | replace("'", "''") }}'
{%- endmacro %}

{% macro signals_clock() -%}
  cast(now() at time zone 'UTC' as timestamp)
{%- endmacro %}

{% macro signals_text(value, kind='text') -%}
  cast({{ value }} as varchar)
{%- endmacro %}

{% macro signals_found_by(key, wanted, relation) -%}
  {#- Few rows of a wide table: by a narrow key first, before any wide column is read. -#}
  rowid in (select rowid from {{ relation }} where {{ signals_in([key], wanted) }})
{%- endmacro %}

{% macro signals_lasting_hash() -%}
  {#- Of a row of load, the same in every version of the engine. -#}
  cast(md5_number(event_id || '|' || cast(epoch_us(load_tstamp) as varchar)) >> 64 as ubigint)
{%- endmacro %}

{% macro signals_quick_hash() -%}
  {#- Of a row of load, at a fifth of the cost; another version of the engine may give another one. -#}
  hash(event_id, load_tstamp)
{%- endmacro %}

{% macro signals_create_table(relation, query) -%}
  create or replace table {{ relation }} as (
  {{ query }}
  )
{%- endmacro %}

{% macro signals_insert(relation, query) -%}
  insert into {{ relation }} by name (
  {{ query }}
  )
{%- endmacro %}

{% macro signals_replace_rows(relation, key, query) -%}
  {#- Statements that put the rows of a query in the place of those with their keys. -#}
  {%- set rows = relation.identifier ~ '__rows' -%}
  {{ return([
      'create or replace temporary table ' ~ rows ~ ' as (' ~ query ~ ')',
      'delete from ' ~ relation ~ ' where ' ~ key ~ ' in (select ' ~ key ~ ' from ' ~ rows ~ ')',
      signals_insert(relation, 'select * from ' ~ rows),
      'drop table ' ~ rows,
  ]) }}
{%- endmacro %}

{% macro signals_claim(limits) -%}
  {#- A process that has a database open has it to itself. -#}
{%- endmacro %}
