{#- What only PostgreSQL says this way. -#}

{% macro signals_leaf(columns, column, path) -%}
  {#- The class of a stored value, from the column's type: text, integer, decimal, float, boolean, timestamp, timestamptz,
      date, nested or json; 'json column' when the path goes on inside of JSON; none when the table has no such column. -#}
  {%- set type = modules.re.sub('\\(.*?\\)', '', columns.get(column | lower) or '') -%}
  {%- if not type -%}{{ return(none) }}{%- endif -%}
  {%- if not path -%}{{ return(signals_leaf_of_type(type)) }}{%- endif -%}
  {%- if type in ('json', 'jsonb', 'text', 'character varying', 'character') -%}{{ return('json column') }}{%- endif -%}
  {{ return('json' if type in ('ARRAY', 'USER-DEFINED') else none) }}
{%- endmacro %}

{% macro signals_leaf_of_type(type) -%}
  {{ return({
$classes
  }.get(type, 'text')) }}
{%- endmacro %}

{% macro signals_reach(columns, column, typed, path, json) -%}
  {#- SQL that reaches a property, and its class. A column that is not JSONB may hold what is not JSON. -#}
  {%- set type = modules.re.sub('\\(.*?\\)', '', columns[column | lower]) -%}
  {%- set leaf = signals_leaf(columns, column, path) -%}
  {%- if leaf != 'json column' and (leaf != 'json' or type != 'json') -%}{{ return({'sql': typed, 'leaf': leaf}) }}{%- endif -%}
  {%- if type == 'jsonb' -%}{{ return({'sql': json, 'leaf': 'json'}) }}{%- endif -%}
  {%- if execute -%}{%- do run_query(signals_create_to_jsonb()) -%}{%- endif -%}
  {{ return({'sql': 'pg_temp.text_to_jsonb(cast(' ~ column ~ ' as text))' ~ json[column | length:], 'leaf': 'json'}) }}
{%- endmacro %}

{% macro signals_create_to_jsonb() -%}
  {#- Text as JSONB; null where it is not JSON, or none that JSONB can hold. It is the session's, and goes with it. -#}
  $create_to_jsonb
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
      select bucket, bucket - row_number() over (order by bucket) * interval '1 hour' as island
      from {{ limits }}
      where bucket is not null
  ),
  ranges as (
      select min(bucket) as first_hour, max(bucket) + interval '1 hour' as after_last_hour
      from buckets
      group by island
  )
  select cast(min(first_hour) as text), cast(max(after_last_hour) as text)
  from ranges
  group by case when (select count(*) from ranges) > 100 then timestamp '1970-01-01' else first_hour end
  order by 1
{%- endmacro %}

{% macro signals_text_literal(text) -%}
  '{{ text | replace("'", "''") }}'
{%- endmacro %}

{% macro signals_clock() -%}
  cast(clock_timestamp() at time zone 'UTC' as timestamp)
{%- endmacro %}

{% macro signals_text(value, kind='text') -%}
  cast({{ value }} as $text)
{%- endmacro %}

{% macro postgres__signals_in_days_of(identifier, entity_days) -%}
  {#- By the identifier's hash too, which has an index: the events of few entities are found without reading all of the day. -#}
  {%- set names = 'day, hashtextextended(' ~ identifier ~ ', 0), ' ~ identifier -%}
  ({{ names }}) in (select {{ names }} from {{ entity_days }})
{%- endmacro %}

{% macro postgres__signals_found_by(key, stored, arrived, within) -%}
  {#- They are joined by that key anyway, which has an index. -#}
  {{ return(within or 'true') }}
{%- endmacro %}

{% macro signals_create_table(relation, query, settings=none) -%}
  {#- In the transaction of its model: until it is through, others read the table that was there. -#}
  {%- if signals_views_of(relation) -%}
  {{ signals_refill_table(relation, query) }}
  {%- else -%}
  drop table if exists {{ relation }};
  create table {{ relation }} as (
  {{ query }}
  )
  {%- endif -%}
{%- endmacro %}

{% macro postgres__signals_remake_table(relation, query, node) -%}
  {%- for text in signals_remade(relation, query) -%}{%- do run_query(text) -%}{%- endfor -%}
  {%- for name, index in signals_indexes_of(node).items() -%}
    {%- do run_query(signals_create_index(name, index, relation)) -%}
  {%- endfor -%}
  {%- do run_query('analyze ' ~ relation) -%}
{%- endmacro %}

{% macro postgres__signals_remade(relation, query) -%}
  {#- The query may read the table, which goes only when the new one is there. -#}
  {%- if signals_views_of(relation) or load_cached_relation(relation) is none -%}
    {{ return([signals_create_table(relation, query)]) }}
  {%- endif -%}
  {%- set made = relation.incorporate(path={'identifier': 'signals_new_' ~ local_md5(relation | string)}) -%}
  {{ return([
      'create table ' ~ made ~ ' as (' ~ query ~ ')',
      'drop table ' ~ relation,
      'alter table ' ~ made ~ ' rename to "' ~ relation.identifier ~ '"',
  ]) }}
{%- endmacro %}

{% macro signals_refill_table(relation, query) -%}
  {#- A table that views read cannot be dropped without them: it keeps its place, and gets other columns and rows. -#}
  {%- set views = signals_views_of(relation) | join(', ') | replace("'", "''") -%}
  {%- set own_views = signals_own_views() -%}
  {%- set quote = '$signals_' ~ local_md5(query) ~ '$' -%}
  {%- set columns -%}
    select attname as name, format_type(atttypid, atttypmod) as type
    from pg_attribute
    where attnum > 0 and not attisdropped and attrelid
  {%- endset -%}
  do {{ quote }}
  declare
      new_rows text := 'signals_new_{{ local_md5(relation | string) }}';
      column_ record;
      names text;
      {%- if own_views %}
      view_ record;
      reason text;
      {%- endif %}
  begin
      execute format('create temporary table %I on commit drop as ', new_rows) || {{ quote[:-1] }}_query$
  {{ query }}
  {{ quote[:-1] }}_query$;
      for column_ in
          select stored.name, stored.type, made.type as new_type
          from ({{ columns }} = '{{ relation }}'::regclass) as stored
          left join ({{ columns }} = to_regclass(format('pg_temp.%I', new_rows))) as made on made.name = stored.name
          where made.type is distinct from stored.type
      loop
          {%- set drop_column = "execute format('alter table " ~ relation ~ " drop column %I', column_.name);" %}
          {%- if own_views %}
          begin
              {{ drop_column }}
          exception when dependent_objects_still_exist then  -- they are made anew after this table
              drop view if exists {{ own_views | join(', ') }};
              for view_ in
                  -- nor can those be read any more that were of views which are not computed now
                  select pg_class.oid::regclass as name
                  from pg_class
                  inner join pg_namespace on pg_namespace.oid = relnamespace and nspname = '{{ relation.schema }}'
                  inner join ({{ columns }} = '{{ relation }}'::regclass) as stored
                      on relname in (
                          replace(stored.name, '__signals_first_event', '_attributes'),
                          replace(stored.name, '__signals_first_event', '_removed_entities')
                      )
                  where relkind = 'v' and stored.name like '%\_\_signals\_first\_event'
              loop
                  execute format('drop view %s', view_.name);
              end loop;
              {{ drop_column }}
          end;
          {%- else %}
          {{ drop_column }}
          {%- endif %}
      end loop;
      for column_ in
          select made.name, made.type
          from ({{ columns }} = to_regclass(format('pg_temp.%I', new_rows))) as made
          left join ({{ columns }} = '{{ relation }}'::regclass) as stored on stored.name = made.name
          where stored.name is null
      loop
          execute format('alter table {{ relation }} add column %I %s', column_.name, column_.type);
      end loop;
      for column_ in
          select indexrelid::regclass as name from pg_index where indrelid = '{{ relation }}'::regclass
      loop
          execute format('drop index %s', column_.name);  -- made anew with the rows
      end loop;
      select string_agg(quote_ident(made.name), ', ') into names
      from ({{ columns }} = to_regclass(format('pg_temp.%I', new_rows))) as made;
      delete from {{ relation }};
      execute format('insert into {{ relation }} (%s) select %s from pg_temp.%I', names, names, new_rows);
  exception when dependent_objects_still_exist then
      {%- if own_views %}
      get stacked diagnostics reason = pg_exception_detail;  -- which of the user's views read which of these
      {%- endif %}
      raise exception '{{ relation | replace("'", "''") }} loses columns that views read: {{ '%' if own_views else views }}. Drop these views, run again, and'
          ' create them again.'{{ ', reason' if own_views }};
  end
  {{ quote }}
{%- endmacro %}

{% macro signals_own_views() -%}
  {#- The views of a project that computes several views of attributes. -#}
  {%- set found = [] -%}
  {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.package_name == model.package_name
      and node.config.materialized == 'signals_view' -%}
    {%- do found.append(signals_own(node.name) | string) -%}
  {%- endfor -%}
  {{ return(found | sort) }}
{%- endmacro %}

{% macro signals_views_of(relation) -%}
  {#- The views, of anybody, that read a table; asked once in an invocation, for all tables. -#}
  {%- if not execute -%}{{ return([]) }}{%- endif -%}
  {%- set asked = graph.setdefault('signals_views', {}) -%}
  {%- if invocation_id not in asked -%}
    {%- set found = {} -%}
    {%- set views -%}
      select distinct read_schema.nspname, read.relname, view_schema.nspname || '.' || view.relname
      from pg_depend
      inner join pg_rewrite on pg_rewrite.oid = pg_depend.objid
      inner join pg_class as view on view.oid = pg_rewrite.ev_class
      inner join pg_namespace as view_schema on view_schema.oid = view.relnamespace
      inner join pg_class as read on read.oid = pg_depend.refobjid
      inner join pg_namespace as read_schema on read_schema.oid = read.relnamespace
      where
          pg_depend.classid = 'pg_rewrite'::regclass
          and pg_depend.refclassid = 'pg_class'::regclass
          and view.oid <> read.oid
          and read.relkind = 'r'
          and read_schema.nspname not in ('pg_catalog', 'information_schema')
      order by 1, 2, 3
    {%- endset -%}
    {%- for row in signals_rows(views) -%}
      {%- do found.setdefault(row[0] ~ '.' ~ row[1], []).append(row[2]) -%}
    {%- endfor -%}
    {%- do asked.update({invocation_id: found}) -%}
  {%- endif -%}
  {{ return(asked[invocation_id].get(relation.schema ~ '.' ~ relation.identifier, [])) }}
{%- endmacro %}

{% macro postgres__signals_check_unused(relations) -%}
  {#- PostgreSQL would drop the views with the tables. -#}
  {%- set lines = [] -%}
  {%- for relation in relations if signals_is_table(relation) -%}
    {%- for view in signals_views_of(relation) -%}{%- do lines.append('  ' ~ view ~ ' reads ' ~ relation) -%}{%- endfor -%}
  {%- endfor -%}
  {%- if lines -%}
    {%- do exceptions.raise_compiler_error(
        "Nothing was dropped: --full-refresh recreates tables that views read, and PostgreSQL would drop the views with"
        ~ " them. Drop these views first, and create them again afterwards:\n" ~ lines | join('\n')
    ) -%}
  {%- endif -%}
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
  {%- set names = signals_names() | join(', ') -%}
  {%- set replaced -%}
  with added as materialized (
  {{ query }}
  ),
  replaced as (
      delete from {{ relation }} where {{ key }} in (select {{ key }} from added)
  )
  insert into {{ relation }} ({{ names }})
  select {{ names }}
  from added
  {%- endset -%}
  {{ return([replaced]) }}
{%- endmacro %}

{% macro postgres__signals_look_at(relation, response, is_new) -%}
  {#- The planner has not seen the rows that just came in: without them it joins a new day row by row. -#}
  {%- if is_new -%}
    {%- for name, index in signals_indexes_of(model).items() -%}
      {%- do run_query(signals_create_index(name, index, relation)) -%}
    {%- endfor -%}
  {%- endif -%}
  {%- if response.rows_affected != 0 -%}{%- do run_query('analyze ' ~ relation) -%}{%- endif -%}
{%- endmacro %}

{% macro signals_indexes_of(node) -%}
  {#- The indexes of a model by their names. A name says what the index is, unlike that which dbt would give it: so it is seen
      whether a table has what its model asks for. -#}
  {%- set found = {} -%}
  {%- for index in node.config.get('indexes') or [] -%}
    {%- do found.update({local_md5(node.alias ~ ' ' ~ tojson(index, sort_keys=true)): index}) -%}
  {%- endfor -%}
  {{ return(found) }}
{%- endmacro %}

{% macro signals_create_index(name, index, relation) -%}
  create {{ 'unique ' if index.unique }}index if not exists "{{ name }}" on {{ relation }}
  using {{ index.type or 'btree' }} ({{ index.columns | join(', ') }})
{%- endmacro %}

{% macro signals_lease() -%}
  {#- The number of the lock that a run of these tables holds; our command line takes it by the same name. -#}
  {%- set definition = signals_own(model.package_name ~ '_definition') -%}
  {%- set schema = definition.schema.removesuffix('_snowplow_manifest') -%}
  hashtextextended('{{ schema }}.{{ definition.identifier.removesuffix('_definition') }}', 0)
{%- endmacro %}

{% macro signals_claim() -%}
  {#- Nobody else may be writing: neither our `run`, which holds the lock as long as it lives, nor another dbt, of which each
      model holds it until its transaction ends. -#}
  {%- if not signals_run().has_lease -%}
    {%- if not signals_rows('select pg_try_advisory_xact_lock(' ~ signals_lease() ~ ')')[0][0] -%}
      {%- do signals_is_busy() -%}
    {%- endif -%}
    {%- do signals_look_again() -%}
  {%- endif -%}
  {%- do signals_stop_if_overtaken(signals_state(model.package_name ~ '_base_new_event_limits')) -%}
  {%- if signals_step() == 'definition' -%}{%- do signals_mend_indexes() -%}{%- endif -%}
{%- endmacro %}

{% macro signals_mend_indexes() -%}
  {#- What is kept for good may have been made by an earlier version of this project: each table gets the indexes that its model
      asks for now, and loses others that a model made, such as those of texts, which refuse any of more than 2,704 bytes. A
      digest names them; the user's own are not touched. -#}
  {%- set made = {} -%}
  {%- set asked -%}
    select read_schema.nspname, read.relname, found.relname
    from pg_class as read
    inner join pg_namespace as read_schema on read_schema.oid = read.relnamespace
    left join pg_index on pg_index.indrelid = read.oid
    left join pg_class as found on found.oid = pg_index.indexrelid and found.relname ~ '^[0-9a-f]{32}$'
    where read.relkind = 'r' and read_schema.nspname not in ('pg_catalog', 'information_schema')
    order by 1, 2, 3
  {%- endset -%}
  {%- for row in signals_rows(asked) -%}{%- do made.setdefault((row[0], row[1]), []).append(row[2]) -%}{%- endfor -%}
  {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.package_name == model.package_name
      and (node.schema, node.alias) in made -%}
    {%- set wanted = signals_indexes_of(node) -%}
    {%- for name in made[(node.schema, node.alias)] if name and name not in wanted -%}
      {%- do run_query('drop index "' ~ node.schema ~ '"."' ~ name ~ '"') -%}
      {%- do signals_note_changed() -%}
    {%- endfor -%}
    {%- for name, index in wanted.items() if name not in made[(node.schema, node.alias)] -%}
      {%- do run_query(signals_create_index(name, index, signals_own(node.name))) -%}
      {%- do signals_note_changed() -%}
    {%- endfor -%}
  {%- endfor -%}
{%- endmacro %}

{% macro signals_note_changed() -%}
  {#- Called by a model that changed something before its own write: it is committed, even if the model has nothing to write. -#}
  {%- do graph.setdefault('signals_changed', {}).update({model.unique_id: invocation_id}) -%}
{%- endmacro %}

{% macro signals_stays_alone() -%}
  {#- Whether nobody else can write between two models of one invocation: the lock ends with each transaction. -#}
  {{ return(false) }}
{%- endmacro %}

{% macro signals_look_again() -%}
  {#- What dbt looked up when it began may have been made since, by whom had the lock. -#}
  {%- set names = {} -%}
  {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.package_name == model.package_name
      and signals_state(node.name) is none -%}
    {%- set own = signals_own(node.name) -%}
    {%- do names.update({signals_text_literal(own | string) | trim: own}) -%}
  {%- endfor -%}
  {%- if names -%}
    {%- set asked = 'select name from unnest(array[' ~ names | join(', ') ~ ']) as name where to_regclass(name) is not null' -%}
    {%- for row in signals_rows(asked) -%}
      {%- do adapter.cache_added(names[signals_text_literal(row[0]) | trim].incorporate(type='table')) -%}
    {%- endfor -%}
  {%- endif -%}
{%- endmacro %}

{% macro signals_stop_if_overtaken(limits) -%}
  {#- Another `dbt build` may have begun between two models of this one: it goes on, and takes what this one has not. -#}
  {%- if limits is not none -%}
    {%- set run = signals_run() -%}
    {%- set newer -%}
      select count(*) from {{ limits }}
      where run_id <> '{{ run.run_id }}' and planned_at > timestamp '{{ run.planned_at }}'
    {%- endset -%}
    {%- if signals_rows(newer)[0][0] -%}{%- do signals_is_busy() -%}{%- endif -%}
  {%- endif -%}
{%- endmacro %}
