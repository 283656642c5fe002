-- Made by snowplow-batch-engine from view batch_ecommerce_attributes, version 1. Change the view, not this file.
{#- What only DuckDB says this way. -#}

{% macro signals_leaf(columns, column, path) -%}
  {#- The class of a stored value, from the column's type: text, integer, decimal, float, boolean, timestamp, timestamptz,
      date, nested or json; none when the table has no such column or field. -#}
  {%- set reached = signals_reached(columns.get(column | lower), path) -%}
  {{ return(reached.leaf if reached else none) }}
{%- endmacro %}

{% macro signals_reach(columns, column, typed, path, json) -%}
  {#- SQL that reaches a property, and its class. What is made of others is read as JSON; inside of JSON, and of text that
      holds it, the path goes on by the keys that were tracked. -#}
  {%- set reached = signals_reached(columns[column | lower], path) -%}
  {%- if reached.leaf == 'nested' and (reached.type.endswith(']') or signals_struct_fields(reached.type)) -%}
    {{ return({'sql': signals_json_of(typed, reached.type) | trim, 'leaf': 'text'}) }}
  {%- endif -%}
  {%- if reached.steps == path | length -%}{{ return({'sql': typed, 'leaf': reached.leaf}) }}{%- endif -%}
  {%- set typed_steps = modules.re.findall('\\[[0-9]+\\]|\\."(?:[^"]|"")*"|\\.[^."\\[]+', typed[column | length:]) -%}
  {%- set json_steps = modules.re.findall('(?s)\\[[0-9]+\\]|\\."(?:[^"\\\\]|\\\\.)*"', json[json.index(", '$") + 4:-2]) -%}
  {%- set inside = column ~ typed_steps[:reached.steps] | join -%}
  {%- set held = inside if reached.type == 'JSON' else 'try_cast(' ~ inside ~ ' as json)' -%}
  {{ return({'sql': 'json_extract(' ~ held ~ ", '$" ~ json_steps[reached.steps:] | join ~ "')", 'leaf': 'json'}) }}
{%- endmacro %}

{% macro signals_reached(type, path) -%}
  {#- The class of what is at a path, its type, and how many steps are into typed data: what is left of the path goes on
      inside of JSON. None when there is no such field. -#}
  {%- set reached = namespace(type=type, steps=0, is_json=false) -%}
  {%- for step in path if reached.type is not none and not reached.is_json -%}
    {#- dbt writes a VARCHAR as `character varying(256)` -#}
    {%- if reached.type in ('JSON', 'VARCHAR') or reached.type.startswith('character varying') -%}
      {%- set reached.is_json = true -%}
    {%- else -%}
      {%- set reached.steps = loop.index -%}
      {%- if step is integer -%}
        {%- set is_list = reached.type.endswith(']') -%}
        {%- set reached.type = modules.re.sub('\\[[0-9]*\\]$', '', reached.type) if is_list else none -%}
      {%- else -%}
        {%- set fields = signals_struct_fields(reached.type) -%}
        {%- set reached.type = none -%}
        {%- for field in fields if field[1] | lower == step | lower -%}{%- set reached.type = field[3] -%}{%- endfor -%}
      {%- endif -%}
    {%- endif -%}
  {%- endfor -%}
  {%- if reached.type is none -%}{{ return(none) }}{%- endif -%}
  {%- set leaf = 'json' if reached.is_json else signals_leaf_of_type(reached.type) -%}
  {{ return({'leaf': leaf, 'type': reached.type, 'steps': reached.steps}) }}
{%- endmacro %}

{% macro signals_leaf_of_type(type) -%}
  {%- if type.endswith(']') or type.startswith(('STRUCT(', 'MAP(', 'UNION(')) or type in ('BLOB', 'BIT') -%}
    {{ return('nested') }}
  {%- endif -%}
  {%- if type.startswith('DECIMAL') -%}{{ return('integer' if type.endswith(',0)') else 'decimal') }}{%- endif -%}
  {{ return({
      'TINYINT': 'integer', 'SMALLINT': 'integer', 'INTEGER': 'integer', 'BIGINT': 'integer', 'HUGEINT': 'integer',
      'UTINYINT': 'integer', 'USMALLINT': 'integer', 'UINTEGER': 'integer', 'UBIGINT': 'integer',
      'UHUGEINT': 'integer', 'FLOAT': 'float', 'DOUBLE': 'float', 'BOOLEAN': 'boolean', 'DATE': 'date',
      'TIMESTAMP WITH TIME ZONE': 'timestamptz', 'JSON': 'json'
  }.get(type, 'timestamp' if type.startswith('TIMESTAMP') else 'text')) }}
{%- endmacro %}

{% macro signals_struct_fields(type) -%}
  {#- Of each field of `STRUCT(a VARCHAR, "b c" STRUCT(d INTEGER[]))`: the length of its name, its name, the same as SQL
      has it, and its type; the shortest first. -#}
  {%- set fields = [] -%}
  {%- if type.startswith('STRUCT(') and type.endswith(')') -%}
    {%- set member = namespace(depth=0, tokens=[]) -%}
    {%- set tokens = modules.re.findall('"(?:[^"]|"")*"|\'(?:[^\']|\'\')*\'|[(),]|\\s+|[^\\s(),"\']+', type[7:-1]) -%}
    {%- for token in tokens + [','] -%}
      {%- if token == ',' and member.depth == 0 -%}
        {%- set words = member.tokens | join('') | trim -%}
        {%- set name = (modules.re.match('"(?:[^"]|"")*"|\\S+', words)).group(0) -%}
        {%- set plain = name[1:-1] | replace('""', '"') if name.startswith('"') else name -%}
        {%- do fields.append((plain | length, plain, name, words[name | length:] | trim)) -%}
        {%- set member.tokens = [] -%}
      {%- else -%}
        {%- if token == '(' -%}{%- set member.depth = member.depth + 1 -%}{%- endif -%}
        {%- if token == ')' -%}{%- set member.depth = member.depth - 1 -%}{%- endif -%}
        {%- do member.tokens.append(token) -%}
      {%- endif -%}
    {%- endfor -%}
  {%- endif -%}
  {{ return(fields | sort) }}
{%- endmacro %}

{% macro signals_json_of(value, type, depth=0) -%}
  {#- What a typed column holds as JSON: the shortest keys first, without fields that are null. -#}
  {%- set leaf = signals_leaf_of_type(type) -%}
  {%- set fields = signals_struct_fields(type) -%}
  {%- if type.endswith(']') -%}
    {%- set one = 'one' ~ depth -%}
    {%- set item = signals_json_of(one, modules.re.sub('\\[[0-9]*\\]$', '', type), depth + 1) -%}
    case when {{ value }} is not null then '[' || array_to_string([coalesce({{ item }}, 'null') for {{ one }} in {{ value }}], ',') || ']' end
  {%- elif fields -%}
    {%- set parts = [] -%}
    {%- for field in fields -%}
      {%- set key = '"' ~ field[1] | replace('\\', '\\\\') | replace('"', '\\"') ~ '":' -%}
      {%- do parts.append(signals_text_literal(key) | trim ~ ' || ' ~ signals_json_of(value ~ '.' ~ field[2], field[3], depth)) -%}
    {%- endfor -%}
    case when {{ value }} is not null then '{' || concat_ws(',', {{ parts | join(', ') }}) || '}' end
  {%- elif leaf == 'json' -%}
    nullif(regexp_replace(regexp_replace(cast(json({{ value }}) as text), '"(?:[^"\\]|\\.)*":null,?|("(?:[^"\\]|\\.)*")', '\1', 'g'), '("(?:[^"\\]|\\.)*")|,([}])', '\1\2', 'g'), 'null')
  {%- elif leaf == 'nested' -%}
    cast(to_json({{ value }}) as varchar)
  {%- elif leaf in ('integer', 'decimal', 'float', 'boolean') -%}
    {{ signals_convert(value, leaf, 'text') | trim }}
  {%- else -%}
    cast(to_json({{ signals_convert(value, leaf, 'text') | trim }}) as varchar)
  {%- endif -%}
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

{% macro duckdb__signals_found_by(key, stored, arrived, within) -%}
  {#- Both steps in one statement: a row's number leads to its other columns. -#}
  {%- set found = (within ~ ' and ' if within else '') ~ signals_in([key], 'in_scope') -%}
  {{ return('rowid in (select rowid from ' ~ stored ~ ' where ' ~ found ~ ')') }}
{%- endmacro %}

{% macro signals_create_table(relation, query, settings=none) -%}
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

{% macro signals_claim() -%}
  {#- A process that has a database open has it to itself. -#}
{%- endmacro %}

{% macro signals_stays_alone() -%}
  {#- Whether nobody else can write between two models of one invocation: unless the profile says otherwise, the database
      stays open. -#}
  {{ return(adapter.config.credentials.keep_open) }}
{%- endmacro %}
