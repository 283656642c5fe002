-- Made by snowplow-batch-engine from view batch_ecommerce_attributes, version 1. Change the view, not this file.
{#- What only Spark and Databricks, with Delta Lake, say this way. -#}

{% macro signals_leaf(columns, column, path) -%}
  {#- The class of a stored value, from the column's type: text, integer, decimal, float, boolean, timestamp, timestamptz,
      date, nested or json; none when the table has no such column or field. -#}
  {%- set reached = signals_reached(columns, column, path) -%}
  {{ return(reached.leaf if reached else none) }}
{%- endmacro %}

{% macro signals_reach(columns, column, typed, path, json) -%}
  {#- SQL that reaches a property, and its class. What is made of others is read as JSON; inside of JSON, and of text that
      holds it, the path goes on by the keys that were tracked. -#}
  {%- set reached = signals_reached(columns, column, path) -%}
  {%- if reached.leaf == 'nested' -%}
    {{ return({'sql': signals_json_of(typed, reached.type) | trim, 'leaf': 'text'}) }}
  {%- endif -%}
  {%- if reached.steps == path | length -%}{{ return({'sql': typed, 'leaf': reached.leaf}) }}{%- endif -%}
  {%- set held = namespace(sql=column) -%}
  {%- for step in path[:reached.steps] -%}
    {%- set held.sql = 'get(' ~ held.sql ~ ', ' ~ step ~ ')' if step is integer else held.sql ~ '.`' ~ step ~ '`' -%}
  {%- endfor -%}
  {%- if reached.type == 'variant' -%}{%- set held.sql = 'to_json(' ~ held.sql ~ ')' -%}{%- endif -%}
  {%- if json.startswith('get_json_object(') -%}
    {%- set plain = modules.re.findall('(?a)\\[\\d+\\]|\\.\\w[\\w-]*', json[json.index(", '$") + 4:-2]) -%}
    {%- set held.sql = 'get_json_object(' ~ held.sql ~ ", '$" ~ plain[reached.steps:] | join ~ "')" -%}
  {%- else -%}
    {#- Of SQL that goes into JSON step by step from the column on, what each step adds after it. -#}
    {%- set keyed = modules.re.findall(
        "(?as), 'array<string>'\\), \\d+\\)|, 'map<string, string>'\\), '(?:[^'\\\\]|\\\\.)*'\\)", json
    ) -%}
    {%- for step in keyed[reached.steps:] -%}
      {%- set into = 'get' if step.startswith(", 'array") else 'try_element_at' -%}
      {%- set held.sql = into ~ '(from_json(' ~ held.sql ~ step -%}
    {%- endfor -%}
  {%- endif -%}
  {{ return({'sql': held.sql, 'leaf': 'json'}) }}
{%- endmacro %}

{% macro signals_reached(columns, column, path) -%}
  {#- The class of what is at a path, its type, and how many steps are into typed data: what is left of the path goes on
      inside of JSON. None when there is no such column or field. -#}
  {%- set reached = namespace(type=columns.get(column | lower), steps=0, is_json=false) -%}
  {%- if reached.type is not none and ' more field' in reached.type -%}
    {#- `describe` leaves out the fields of a wide struct -#}
    {%- set asked = 'select typeof(any_value(' ~ column ~ ')) from ' ~ source('atomic', 'events') ~ ' where false' -%}
    {%- set reached.type = run_query(asked).rows[0][0] -%}
    {%- do columns.update({column | lower: reached.type}) -%}
  {%- endif -%}
  {%- for step in path if reached.type is not none and not reached.is_json -%}
    {%- if modules.re.fullmatch('string|variant|(var)?char\\([0-9]+\\)', reached.type) -%}
      {%- set reached.is_json = true -%}
    {%- else -%}
      {%- set reached.steps = loop.index -%}
      {%- if step is integer -%}
        {%- set reached.type = reached.type[6:-1] if reached.type.startswith('array<') else none -%}
      {%- elif reached.type.startswith('map<string,') -%}
        {%- set reached.type = reached.type[11:-1] -%}
      {%- else -%}
        {%- set fields = signals_struct_fields(reached.type) -%}
        {%- set reached.type = none -%}
        {%- for field in fields if field[1] | lower == step | lower -%}{%- set reached.type = field[2] -%}{%- endfor -%}
      {%- endif -%}
    {%- endif -%}
  {%- endfor -%}
  {%- if reached.type is none -%}{{ return(none) }}{%- endif -%}
  {%- set leaf = 'json' if reached.is_json else signals_leaf_of_type(reached.type) -%}
  {{ return({'leaf': leaf, 'type': reached.type, 'steps': reached.steps}) }}
{%- endmacro %}

{% macro signals_leaf_of_type(type) -%}
  {%- if type.startswith(('struct<', 'array<', 'map<')) -%}{{ return('nested') }}{%- endif -%}
  {%- if type.startswith('decimal') -%}{{ return('integer' if type.endswith(',0)') else 'decimal') }}{%- endif -%}
  {{ return({
      'tinyint': 'integer', 'smallint': 'integer', 'int': 'integer', 'bigint': 'integer', 'float': 'float',
      'double': 'float', 'boolean': 'boolean', 'date': 'date', 'timestamp': 'timestamptz',
      'timestamp_ntz': 'timestamp', 'variant': 'json'
  }.get(type, 'text')) }}
{%- endmacro %}

{% macro signals_struct_fields(type) -%}
  {#- Of each field of `struct<a:string,b c:array<double>>`: the length of its name, its name and type; the shortest first. -#}
  {%- set fields = [] -%}
  {%- if type.startswith('struct<') -%}
    {%- set member = namespace(depth=0, tokens=[]) -%}
    {%- set tokens = modules.re.findall('decimal\\([0-9]+,[0-9]+\\)|[<>,:]|[^<>,:]+', type[7:-1]) -%}
    {%- for token in tokens + [','] -%}
      {%- if token == ',' and member.depth == 0 -%}
        {%- set words = member.tokens | join('') -%}
        {%- set name = words.split(':')[0] -%}
        {%- do fields.append((name | length, name, words[words.index(':') + 1:])) -%}
        {%- set member.tokens = [] -%}
      {%- else -%}
        {%- if token == '<' -%}{%- set member.depth = member.depth + 1 -%}{%- endif -%}
        {%- if token == '>' -%}{%- set member.depth = member.depth - 1 -%}{%- endif -%}
        {%- do member.tokens.append(token) -%}
      {%- endif -%}
    {%- endfor -%}
  {%- endif -%}
  {{ return(fields | sort) }}
{%- endmacro %}

{% macro signals_json_of(value, type, depth=0) -%}
  {#- What a typed column holds as JSON: the shortest keys first, without fields that are null. -#}
  {%- set leaf = signals_leaf_of_type(type) -%}
  {%- if type.startswith('array<') -%}
    {%- set one = 'one' ~ depth -%}
    {%- set item = 'coalesce(' ~ signals_json_of(one, type[6:-1], depth + 1) ~ ", 'null')" -%}
    concat('[', array_join(transform({{ value }}, {{ one }} -> {{ item }}), ','), ']')
  {%- elif type.startswith('struct<') -%}
    {%- set parts = [] -%}
    {%- for field in signals_struct_fields(type) -%}
      {%- set key = '"' ~ field[1] | replace('\\', '\\\\') | replace('"', '\\"') ~ '":' -%}
      {%- set inner = signals_json_of(value ~ '.`' ~ field[1] ~ '`', field[2], depth) -%}
      {%- do parts.append('concat(' ~ signals_text_literal(key) | trim ~ ', ' ~ inner ~ ')') -%}
    {%- endfor -%}
    case when {{ value }} is not null then concat('{', concat_ws(',', {{ parts | join(', ') }}), '}') end
  {%- elif leaf in ('json', 'nested') -%}
    to_json({{ value }})
  {%- elif leaf in ('integer', 'decimal', 'float', 'boolean') -%}
    {{ signals_convert(value, leaf, 'text') | trim }}
  {%- else -%}
    nullif(regexp_extract(to_json(array({{ signals_convert(value, leaf, 'text') | trim }})), '(?s)^.(.*).$', 1), 'null')
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

{% macro signals_create_table(relation, query, settings=none) -%}
  {#- In one commit: until it is through, others read the table that was there. -#}
  create or replace table {{ relation }}
  using delta
  {{ signals_layout(settings or config) }}
  as
  {{ query }}
{%- endmacro %}

{% macro signals_table_properties(settings, own={}) -%}
  {#- Ours, and those that the project asks for as `tblproperties`, which win. -#}
  {%- set properties = [] -%}
  {%- for name, value in dict(own, **(settings.get('tblproperties') or {})).items() -%}
    {%- do properties.append(signals_text_literal(name) | trim ~ ' = ' ~ signals_text_literal(value | string) | trim) -%}
  {%- endfor -%}
  {{ 'tblproperties (' ~ properties | join(', ') ~ ')' if properties }}
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
  {%- set names = signals_names() %}
  when matched then update set
  {%- for name in names %} {{ name }} = given.{{ name }}{{ ',' if not loop.last }}{% endfor %}
  when not matched then insert ({{ names | join(', ') }})
  values ({% for name in names %}given.{{ name }}{{ ', ' if not loop.last }}{% endfor %})
{%- endmacro %}

{% macro signals_replace_states_of(relation, days, query) -%}
  {{ signals_replace_where(relation, signals_computed_now(days), signals_names(), query) }}
{%- endmacro %}

{% macro signals_replace_where(relation, which, given, query) -%}
  {#- In one statement, which refuses rows of which the condition does not hold. It goes by the place of a column, not by its name,
      so they are put in the table's order: that of the query, whose columns are `given`, may be another. -#}
  {%- set names = [] -%}
  {%- for name in adapter.get_columns_in_relation(relation) | map(attribute='name') -%}
    {%- do names.append(name if name in given else 'null as ' ~ name) -%}
  {%- endfor -%}
  insert into {{ relation }} replace where {{ which }}
  select {{ names | join(', ') }}
  from (
  {{ query }}
  )
{%- endmacro %}

{% macro spark__signals_remake_table(relation, query, node) -%}
  {#- Spark 4.0 fails on `create or replace` of a partitioned Delta table that is there: "Eagerly executed replace failed", as
      its catalogue expects the column of the partitions at the end. So the table stays, gets the columns that are new, and all
      of its rows are replaced in one statement; columns that no state needs any more stay empty. -#}
  {%- if load_cached_relation(relation) is none -%}
    {%- do run_query(signals_create_table(relation, query, node.config)) -%}
  {%- else -%}
    {%- set rows = relation.incorporate(path={'identifier': relation.identifier ~ '__anew'}) -%}
    {%- do run_query('create or replace table ' ~ rows ~ ' using delta as ' ~ query) -%}
    {%- set stored, given, added = adapter.get_columns_in_relation(relation) | map(attribute='name') | list, [], [] -%}
    {%- for column in adapter.get_columns_in_relation(rows) -%}
      {%- do given.append(column.name) -%}
      {%- if column.name not in stored -%}{%- do added.append(column.name ~ ' ' ~ column.dtype) -%}{%- endif -%}
    {%- endfor -%}
    {%- if 'timestamp_ntz' in added | join -%}
      {#- which a table must have been told that it may hold: https://docs.delta.io/latest/versioning.html -#}
      {%- do run_query('alter table ' ~ relation ~ " set tblproperties ('delta.feature.timestampNtz' = 'supported')") -%}
    {%- endif -%}
    {%- if added -%}{%- do run_query('alter table ' ~ relation ~ ' add columns (' ~ added | join(', ') ~ ')') -%}{%- endif -%}
    {%- do run_query(signals_replace_where(relation, 'true', given, 'select * from ' ~ rows)) -%}
    {%- do run_query('drop table ' ~ rows) -%}
  {%- endif -%}
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

{% macro spark__signals_update(relation, rows, condition, changes) -%}
  merge into {{ relation }} as stored
  using {{ rows }} as given
  on {{ condition }}
  when matched then update set
  {%- for column, value in changes.items() %}
      {{ column }} = {{ value }}{{ ',' if not loop.last }}
  {%- endfor %}
{%- endmacro %}

{% macro signals_layout(settings) -%}
  {%- set by = settings.get('partition_by') %}
  {{ 'partitioned by (' ~ ([by] if by is string else by) | join(', ') ~ ')' if by }}
  {{ signals_table_properties(settings) }}
{%- endmacro %}
