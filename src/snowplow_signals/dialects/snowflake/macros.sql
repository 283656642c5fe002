{#- What only Snowflake says this way. -#}

{% macro signals_leaf(columns, column, path) -%}
  {#- The class of a stored value, from the column's type: text, integer, float, boolean, timestamp, timestamptz, date,
      nested or json; 'json column' when the path goes on inside of JSON; none when the table has no such column. -#}
  {%- set type = modules.re.sub('(?s)\\(.*', '', columns.get(column | lower) or '') | trim | upper -%}
  {%- if not type -%}{{ return(none) }}{%- endif -%}
  {%- if not path and modules.re.search(',\\s*0\\)$', columns.get(column | lower)) -%}{{ return('integer') }}{%- endif -%}
  {%- if not path -%}{{ return(signals_leaf_of_type(type)) }}{%- endif -%}
  {{ return('json column' if signals_leaf_of_type(type) in ('json', 'text') else none) }}
{%- endmacro %}

{% macro signals_leaf_of_type(type) -%}
  {{ return({
$classes
  }.get(type, 'nested')) }}
{%- endmacro %}

{% macro signals_reach(columns, column, typed, path, json) -%}
  {#- SQL that reaches a property, and its class. JSON may be kept as text. -#}
  {%- set leaf = signals_leaf(columns, column, path) -%}
  {%- if leaf != 'json column' -%}{{ return({'sql': typed, 'leaf': leaf}) }}{%- endif -%}
  {%- if signals_leaf(columns, column, []) == 'text' -%}
    {{ return({'sql': json | replace(column, 'try_parse_json(' ~ column ~ ')', 1), 'leaf': 'json'}) }}
  {%- endif -%}
  {{ return({'sql': json, 'leaf': 'json'}) }}
{%- endmacro %}

{% macro signals_load_condition(leaf, operator, bound) -%}
  {%- if leaf == 'timestamptz' -%}
  load_tstamp {{ operator }} cast('{{ bound }} +00:00' as timestamp_tz)
  {%- elif leaf == 'timestamp' -%}
  load_tstamp {{ operator }} cast('{{ bound }}' as timestamp_ntz)
  {%- else -%}
  {{ signals_convert('load_tstamp', leaf, 'time') }} {{ operator }} cast('{{ bound }}' as timestamp_ntz)
  {%- endif -%}
{%- endmacro %}

{% macro signals_ranges(limits) -%}
  {#- The taken hours, neighbours joined; above a hundred gaps one range, the join on the bucket does the rest. -#}
  with buckets as (
      select bucket, dateadd('hour', -row_number() over (order by bucket), bucket) as island
      from {{ limits }}
      where bucket is not null
  ),
  ranges as (
      select min(bucket) as first_hour, dateadd('hour', 1, max(bucket)) as after_last_hour
      from buckets
      group by island
  ),
  joined as (
      select *, count(*) over () > 100 as are_many
      from ranges
  )
  select {{ signals_text('min(first_hour)', 'time') }}, {{ signals_text('max(after_last_hour)', 'time') }}
  from joined
  group by case when are_many then cast('1970-01-01 00:00:00' as timestamp_ntz) else first_hour end
  order by 1
{%- endmacro %}

{% macro signals_text_literal(text) -%}
  '{{ text | replace('\\', '\\\\') | replace("'", "''") }}'
{%- endmacro %}

{% macro signals_clock() -%}
  sysdate()
{%- endmacro %}

{% macro signals_later(seconds) -%}
  dateadd('second', {{ seconds }}, sysdate())
{%- endmacro %}

{% macro signals_text(value, kind='text') -%}
  {#- The form of times and dates as text is the session's, so it is said. -#}
  {%- if kind == 'text' -%}
  cast({{ value }} as $text)
  {%- else -%}
  to_char({{ value }}, '{{ 'YYYY-MM-DD' if kind == 'day' else 'YYYY-MM-DD HH24:MI:SS.FF6' }}')
  {%- endif -%}
{%- endmacro %}

{% macro signals_create_table(relation, query, settings=none) -%}
  {#- In one statement: until it is through, others read the table that was there. It can be made again from the events,
      so that it is not kept for the days of fail-safe, unless `transient` says so. -#}
  create or replace {{ 'transient ' if (settings or config).get('transient', true) }}table {{ relation }}
  {%- if (settings or config).get('cluster_by') %}
  cluster by ({{ (settings or config).get('cluster_by') | join(', ') }})
  {%- endif %}
  as (
  {{ query }}
  )
{%- endmacro %}

{% macro signals_insert(relation, query) -%}
  {%- set names = signals_names() | join(', ') -%}
  insert into {{ relation }} ({{ names }})
  select {{ names }}
  from (
  {{ query }}
  ) as added
{%- endmacro %}

{% macro signals_replace_rows(relation, key, query) -%}
  {#- Statements that put the rows of a query in the place of those with their keys. -#}
  {%- set names = signals_names() -%}
  {%- set replaced -%}
  merge into {{ relation }} as stored
  using (
  {{ query }}
  ) as given
  on stored.{{ key }} = given.{{ key }}
  when matched then update set
  {%- for name in names %}
      {{ name }} = given.{{ name }}{{ ',' if not loop.last }}
  {%- endfor %}
  when not matched then insert ({{ names | join(', ') }})
  values ({% for name in names %}given.{{ name }}{{ ', ' if not loop.last }}{% endfor %})
  {%- endset -%}
  {{ return([replaced]) }}
{%- endmacro %}

{% materialization signals_append, adapter='snowflake' %}
  {#- A table whose rows are marked by a hook is created empty: creating it is a transaction of its own, and the rows and
      their marks are another. Any other table, or one whose columns changed, is created by one statement. -#}
  {%- set reason = signals_reason_to_wait() -%}
  {%- if reason -%}{{ return(signals_write_nothing(reason)) }}{%- endif -%}
  {%- if signals_is_replaced() and (signals_is_stored() or not post_hooks) -%}
    {{ return(signals_write([signals_create_table(this, sql)], is_new=true)) }}
  {%- endif -%}
  {%- set is_new = signals_made_empty() -%}
  {{ return(signals_write([signals_insert(this, sql)], is_new=is_new)) }}
{% endmaterialization %}

{% materialization signals_upsert, adapter='snowflake' %}
  {%- set reason = signals_reason_to_wait() -%}
  {%- if reason -%}{{ return(signals_write_nothing(reason)) }}{%- endif -%}
  {%- set is_new = signals_made_empty() -%}
  {{ return(signals_write(signals_replace_rows(this, config.require('unique_key'), sql), is_new=is_new)) }}
{% endmaterialization %}

{% macro signals_made_empty() -%}
  {#- Whether the table of this model was made now. -#}
  {%- if signals_is_stored() -%}{{ return(false) }}{%- endif -%}
  {%- do run_query('rollback') -%}
  {%- do run_query(signals_create_table(this, 'select * from (' ~ sql ~ ') as made where false')) -%}
  {{ return(true) }}
{%- endmacro %}

{% macro snowflake__signals_begin(statements) -%}
  {#- dbt begins no transactions here. A connection may be in one that a failed model left open, and a statement that
      makes a table would commit that. In a run of ours nothing is built after a model that failed. -#}
  {%- if not signals_run().has_lease -%}{%- do run_query('rollback') -%}{%- endif -%}
  {%- if signals_is_transaction(statements) -%}{%- do run_query('begin transaction') -%}{%- endif -%}
{%- endmacro %}

{% macro snowflake__signals_commit(statements) -%}
  {#- Before grants and comments, each of which is a transaction of its own. -#}
  {%- if signals_is_transaction(statements) -%}{%- do run_query('commit') -%}{%- endif -%}
{%- endmacro %}

{% macro signals_is_transaction(statements) -%}
  {#- Whether there is more than one statement, hooks included, and none that makes a table, which is a transaction of its
      own. A single one is committed by itself: https://docs.snowflake.com/en/sql-reference/transactions -#}
  {%- set number = statements | length + pre_hooks | length + post_hooks | length -%}
  {{ return(number > 1 and not statements[0].lstrip().startswith('create ')) }}
{%- endmacro %}

{% macro signals_create_lease(lease) -%}
  {#- With its row, in one statement: of two that add one both could win. -#}
  create table if not exists {{ lease }} as
  select 1 as one, cast('' as $text) as holder, cast('1970-01-01 00:00:00' as $timestamp) as until
{%- endmacro %}

{% macro signals_claim() -%}
  {#- Nobody else may be writing. Our `run` renews the lease that its first model takes. A transaction that a failed model
      left open on this connection would take the lease with it when it is rolled back. -#}
  {%- if signals_claims_now() -%}
    {%- do run_query('rollback') -%}
    {%- do signals_take_lease() -%}
  {%- endif -%}
{%- endmacro %}

{% macro snowflake__signals_tag() -%}
  {#- The query tag that the project asks for, for all statements of this model. A model without one gets that of the profile, if
      another one of this thread had its own. -#}
  {%- set tag, thread = config.get('query_tag'), invocation_id ~ ' ' ~ thread_id -%}
  {%- set tagged = graph.setdefault('signals_tagged', {}) -%}
  {%- if tag or tagged.get(thread) -%}
    {%- set literal = signals_text_literal((tag or target.get('query_tag') or '') | string) | trim -%}
    {%- do run_query('alter session set query_tag = ' ~ literal) -%}
    {%- do tagged.update({thread: tag}) -%}
  {%- endif -%}
{%- endmacro %}

{% macro signals_stays_alone() -%}
  {#- Whether nobody else can write between two models of one invocation: it keeps the lease. -#}
  {{ return(true) }}
{%- endmacro %}

{% macro snowflake__signals_update(relation, rows, condition, changes) -%}
  merge into {{ relation }} as stored
  using {{ rows }} as given
  on {{ condition }}
  when matched then update set
  {%- for column, value in changes.items() %}
      {{ column }} = {{ value }}{{ ',' if not loop.last }}
  {%- endfor %}
{%- endmacro %}
