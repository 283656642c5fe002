-- Made by snowplow-batch-engine from view batch_ecommerce_attributes, version 1. Change the view, not this file.
{#- What only BigQuery says this way. -#}

{% macro signals_leaf(columns, column, path) -%}
  {#- The class of a stored value, from the column's type: text, integer, decimal, float, boolean, timestamp, timestamptz, date,
      nested, list or json; none when the table has no such column or field. -#}
  {%- set reached = signals_reached(columns[column | lower], path) if column | lower in columns else none -%}
  {{ return(none if reached is none else reached.leaf) }}
{%- endmacro %}

{% macro signals_reach(columns, column, typed, path, json) -%}
  {#- SQL that reaches a property, and its class. What is made of others is read as JSON; inside of JSON, and of text that
      holds it, the path goes on by the keys that were tracked. -#}
  {%- set reached = signals_reached(columns[column | lower], path) -%}
  {%- set typed_steps = modules.re.findall('\\[safe_offset\\([0-9]+\\)\\]|\\.`[^`]*`|\\.\\w+', typed[column | length:]) -%}
  {%- set json_steps = modules.re.findall("(?s)\\[[0-9]+\\]|\\['(?:[^'\\\\]|\\\\.)*'\\]", json[column | length:]) -%}
  {%- set inside = column ~ typed_steps[:reached.steps] | join -%}
  {%- if reached.leaf == 'json' and reached.type.startswith('STRING') -%}
    {%- set inside = 'safe.parse_json(' ~ inside ~ ", wide_number_mode => 'round')" -%}
  {%- endif -%}
  {%- set sql = inside ~ json_steps[reached.steps:] | join -%}
  {%- if reached.leaf == 'list' or reached.leaf == 'nested' and reached.type.startswith('STRUCT<') -%}
    {{ return({'sql': signals_json_of(sql, reached.type) | trim, 'leaf': 'text'}) }}
  {%- endif -%}
  {{ return({'sql': sql, 'leaf': reached.leaf}) }}
{%- endmacro %}

{% macro signals_reached(type, path) -%}
  {#- The class of what is at a path, how many steps of it are into typed data, and the type that they reach; none when
      there is no such field. -#}
  {%- set reached = namespace(type=type, json_at=none) -%}
  {%- for step in path if reached.type is not none and reached.json_at is none -%}
    {%- if reached.type == 'JSON' or reached.type.startswith('STRING') -%}
      {%- set reached.json_at = loop.index0 -%}
    {%- elif step is integer -%}
      {%- set reached.type = reached.type[6:-1] if reached.type.startswith('ARRAY<') else none -%}
    {%- else -%}
      {%- set fields = signals_struct_fields(reached.type) -%}
      {%- set reached.type = none -%}
      {%- for field in fields if field[1] | lower == step | lower -%}{%- set reached.type = field[2] -%}{%- endfor -%}
    {%- endif -%}
  {%- endfor -%}
  {%- if reached.type is none -%}{{ return(none) }}{%- endif -%}
  {%- set leaf = signals_leaf_of_type(reached.type) if reached.json_at is none else 'json' -%}
  {%- set steps = path | length if reached.json_at is none else reached.json_at -%}
  {{ return({'leaf': leaf, 'steps': steps, 'type': reached.type}) }}
{%- endmacro %}

{% macro signals_leaf_of_type(type) -%}
  {{ return({
      'INT64': 'integer', 'INTEGER': 'integer', 'NUMERIC': 'decimal', 'BIGNUMERIC': 'decimal', 'FLOAT64': 'float',
      'FLOAT': 'float', 'BOOL': 'boolean', 'BOOLEAN': 'boolean', 'DATE': 'date', 'DATETIME': 'timestamp',
      'TIMESTAMP': 'timestamptz', 'JSON': 'json', 'STRUCT': 'nested', 'ARRAY': 'list', 'RANGE': 'nested',
      'BYTES': 'nested', 'GEOGRAPHY': 'nested', 'INTERVAL': 'nested'
  }.get(modules.re.split('[<(]', type)[0], 'text')) }}
{%- endmacro %}

{% macro signals_struct_fields(type) -%}
  {#- Of each field of `STRUCT<a STRING, b ARRAY<NUMERIC(5, 2)>>`: the length of its name, its name and type; the shortest
      first. -#}
  {%- set fields = [] -%}
  {%- if type.startswith('STRUCT<') -%}
    {%- set member = namespace(depth=0, tokens=[]) -%}
    {%- for token in modules.re.findall('[<>(),]|[^<>(),]+', type[7:-1]) + [','] -%}
      {%- if token == ',' and member.depth == 0 -%}
        {%- set words = member.tokens | join | trim -%}
        {%- set name = words.split(' ')[0].strip('`') -%}
        {%- do fields.append((name | length, name, words[words.index(' ') + 1:] | trim)) -%}
        {%- set member.tokens = [] -%}
      {%- else -%}
        {%- if token in ['<', '('] -%}{%- set member.depth = member.depth + 1 -%}{%- endif -%}
        {%- if token in ['>', ')'] -%}{%- set member.depth = member.depth - 1 -%}{%- endif -%}
        {%- do member.tokens.append(token) -%}
      {%- endif -%}
    {%- endfor -%}
  {%- endif -%}
  {{ return(fields | sort) }}
{%- endmacro %}

{% macro signals_json_of(value, type, depth=0) -%}
  {#- What a typed column holds as JSON: the shortest keys first, without fields that are null. -#}
  {%- set leaf = signals_leaf_of_type(type) -%}
  {%- if leaf == 'list' -%}
    {%- set one = 'one' ~ depth -%}
    {%- set item = 'coalesce(' ~ signals_json_of(one, type[6:-1], depth + 1) ~ ", 'null')" -%}
    {%- set every = 'select string_agg(' ~ item ~ ", ',' order by place) from unnest(" ~ value ~ ') as ' ~ one -%}
    if(array_length({{ value }}) > 0, concat('[', ({{ every }} with offset as place), ']'), null)
  {%- elif type.startswith('STRUCT<') -%}
    {%- set parts = [] -%}
    {%- for field in signals_struct_fields(type) -%}
      {%- set key = '"' ~ field[1] | replace('\\', '\\\\') | replace('"', '\\"') ~ '":' -%}
      {%- set inner = signals_json_of(value ~ '.`' ~ field[1] ~ '`', field[2], depth) -%}
      {%- do parts.append('concat(' ~ signals_text_literal(key) | trim ~ ', ' ~ inner ~ ')') -%}
    {%- endfor -%}
    if({{ value }} is not null, concat('{', array_to_string([{{ parts | join(', ') }}], ','), '}'), null)
  {%- elif leaf == 'json' -%}
    nullif(to_json_string(json_strip_nulls({{ value }}, include_arrays => false)), 'null')
  {%- elif leaf == 'nested' -%}
    nullif(to_json_string({{ value }}), 'null')
  {%- elif leaf in ('integer', 'decimal', 'float', 'boolean') -%}
    {{ signals_convert(value, leaf, 'text') | trim }}
  {%- else -%}
    nullif(to_json_string({{ signals_convert(value, leaf, 'text') | trim }}), 'null')
  {%- endif -%}
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

{% macro bigquery__signals_in(columns, rows) -%}
  {#- A subquery has one column: of structs where several are compared. -#}
  {%- set names = '(' ~ columns | join(', ') ~ ')' if columns | length > 1 else columns[0] -%}
  {{ names }} in (select {{ names }} from {{ rows }})
{%- endmacro %}

{% macro signals_create_table(relation, query, settings=none) -%}
  {#- In one statement: until it is through, others read the table that was there. What a table with partitions or
      clusters is made from cannot be ordered, and the order of a subquery is not kept. -#}
  create or replace table {{ relation }}
  {%- if (settings or config).get('partition_by') %}
  partition by {{ (settings or config).get('partition_by')['field'] }}
  {%- endif %}
  {%- if (settings or config).get('cluster_by') %}
  cluster by {{ (settings or config).get('cluster_by') | join(', ') }}
  {%- endif %}
  {%- set options = signals_table_options(settings or config) %}
  {%- if options %}
  options ({{ options | join(', ') }})
  {%- endif %}
  as
  select *
  from (
  {{ query }}
  )
{%- endmacro %}

{% macro signals_table_options(settings) -%}
  {#- The labels and the key of encryption that the project or the profile asks for. What lets a table or its partitions expire
      is left out: these tables remember what was processed. -#}
  {%- set options, labels = [], [] -%}
  {%- for name, value in (settings.get('labels') or {}).items() -%}
    {%- do labels.append('(' ~ signals_text_literal(name) | trim ~ ', ' ~ signals_text_literal(value | string) | trim ~ ')') -%}
  {%- endfor -%}
  {%- if labels -%}{%- do options.append('labels = [' ~ labels | join(', ') ~ ']') -%}{%- endif -%}
  {%- if settings.get('kms_key_name') -%}
    {%- do options.append('kms_key_name = ' ~ signals_text_literal(settings.get('kms_key_name')) | trim) -%}
  {%- endif -%}
  {{ return(options) }}
{%- endmacro %}

{% macro signals_insert(relation, query) -%}
  {%- set names = signals_names() | join(', ') -%}
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
  {%- set names = signals_names() -%}
  merge into {{ relation }} as stored
  using {{ rows }} as given
  on {{ condition }}
  when matched then update set
  {%- for name in names %} {{ name }} = given.{{ name }}{{ ',' if not loop.last }}{% endfor %}
  when not matched then insert ({{ names | join(', ') }})
  values ({% for name in names %}given.{{ name }}{{ ', ' if not loop.last }}{% endfor %})
{%- endmacro %}

{% macro signals_replace_states_of(relation, days, query) -%}
  {%- set names = signals_names() -%}
  merge into {{ relation }} as stored
  using (
  {{ query }}
  ) as given
  on false
  when not matched by source and {{ signals_computed_now(days, of='stored.') }} then delete
  when not matched then insert ({{ names | join(', ') }})
  values ({% for name in names %}given.{{ name }}{{ ', ' if not loop.last }}{% endfor %})
{%- endmacro %}

{% macro signals_claim() -%}
  {#- Nobody else may be writing. Our `run` renews the lease that its first model takes. -#}
  {%- if signals_claims_now() -%}{%- do signals_take_lease() -%}{%- endif -%}
  {%- if signals_begins_a_run() and signals_claims_now() -%}{%- do signals_note_stored() -%}{%- endif -%}
{%- endmacro %}

{% macro signals_stays_alone() -%}
  {#- Whether nobody else can write between two models of one invocation: it keeps the lease. -#}
  {{ return(true) }}
{%- endmacro %}
