{#- The history of the attributes of a view with `snapshot`.

    `attributes` is published first, and what has changed is recorded after it. A run that dies in between leaves the history
    behind; before `attributes` is written again, whoever does it records what it holds. So each publication is recorded
    before the next one, and once: to record a change again changes nothing. Rows are never deleted. -#}

{% materialization signals_attributes_history, default %}
  {%- set reason = signals_reason_to_wait() -%}
  {%- if reason -%}{{ return(signals_write_nothing(reason)) }}{%- endif -%}
  {%- if not signals_is_stored() -%}
    {{ return(signals_write([signals_create_table(this, sql)], is_new=true)) }}
  {%- endif -%}
  {%- set found = signals_to_record(this, signals_table_of('attributes')) -%}
  {%- if found.is_whole -%}{%- do signals_fit_history(this, signals_table_of('attributes')) -%}{%- endif -%}
  {%- if not found.changes -%}{{ return(signals_nothing_to_write()) }}{%- endif -%}
  {{ return(signals_write([signals_record(this, sql, config.require('names'))])) }}
{% endmaterialization %}

{% macro signals_record_published() -%}
  {#- Called before `attributes` is written: records what it holds and the history does not, since a run died between the two,
      or the view had no snapshot until now. -#}
  {%- set published = signals_table_of('attributes') -%}
  {%- if signals_writes() and published is not none and not signals_reason_to_wait() -%}
    {%- do signals_record_now(published) -%}
  {%- endif -%}
{%- endmacro %}

{% macro signals_record_unrecorded(published) -%}
  {#- The same, of a view that has a history, in a model before those that publish: a publication that died left its changes. -#}
  {%- if signals_table_of('attributes_history') is not none and signals_table_of('attributes_this_run') is not none -%}
    {%- do signals_record_now(published) -%}
  {%- endif -%}
{%- endmacro %}

{% macro signals_record_now(published) -%}
  {%- set history = signals_table_of('attributes_history') -%}
  {%- set names = signals_column_names(published) | reject('equalto', 'updated_at') | list -%}
  {%- if signals_identifier() not in names -%}
    {#- it is of other entities, and about to be replaced -#}
  {%- elif history is none -%}
    {%- do signals_remake('attributes_history', signals_first_records(published, names)) -%}
  {%- elif signals_to_record(history, published).is_behind -%}
    {%- do signals_fit_history(history, published) -%}
    {%- do run_query(signals_record(history, signals_unrecorded(history, published, names), names)) -%}
  {%- endif -%}
{%- endmacro %}

{% macro signals_first_records(published, names) -%}
  {#- What a history begins with: each row has been published since it last changed. -#}
  select
      {%- for name in names %}
      {{ name }},
      {%- endfor %}
      updated_at as valid_from,
      case when true then null else updated_at end as valid_to
  from {{ published }}
{%- endmacro %}

{% macro signals_record(history, rows, names) -%}
  {#- The statement that records a query's rows, of the columns `names`, `valid_from` and `change`. Each row is given twice: to
      end what was, and to begin what is. What is recorded already stays as it is. -#}
  {%- set key = signals_identifier() -%}
  merge into {{ history }} as stored
  using (
      select changes.*, parts.is_end
      from (
      {{ rows }}
      ) as changes
      cross join (select true as is_end union all select false as is_end) as parts
      where parts.is_end or changes.change <> 'removed'
  ) as given
  on stored.{{ key }} = given.{{ key }}
      and stored.valid_to is null
      and given.is_end = (stored.valid_from < given.valid_from)
  when matched and given.is_end then update set valid_to = given.valid_from
  when not matched and not given.is_end then insert ({{ names | join(', ') }}, valid_from)
  values ({% for name in names %}given.{{ name }}, {% endfor %}given.valid_from)
{%- endmacro %}

{% macro signals_to_record(history, published) -%}
  {#- How many rows this run changes, whether it compared all rows, and whether the history lacks something that is published:
      its current rows are as many as the published ones, and the newest of both are of one time, if and only if it has
      everything. Asked once, before `attributes` is written. -#}
  {%- set known = graph.get('signals_to_record', {}).get(model.package_name, []) -%}
  {%- if known[:1] == [invocation_id] and signals_is_as_built('attributes') -%}{{ return(known[1]) }}{%- endif -%}
  {%- set changes = signals_table_of('attributes_this_run') -%}
  {%- set asked -%}
    select
        (select count(*) from {{ changes }} where change in ('new', 'changed', 'removed')) as changes,
        (select count(*) from {{ changes }} where change = 'whole') as is_whole,
        (
            select count(*)
            from (select count(*) as entities, max(updated_at) as newest from {{ published }}) as published
            inner join (
                select count(*) as entities, max(valid_from) as newest from {{ history }} where valid_to is null
            ) as recorded
                on
                    recorded.entities = published.entities
                    and (recorded.newest = published.newest or published.entities = 0)
        ) as is_complete
  {%- endset -%}
  {%- set row = signals_rows(asked)[0] -%}
  {%- set found = {'changes': row[0], 'is_whole': row[1] > 0, 'is_behind': row[2] == 0} -%}
  {%- do graph.setdefault('signals_to_record', {}).update({model.package_name: [invocation_id, found]}) -%}
  {{ return(found) }}
{%- endmacro %}

{% macro signals_unrecorded(history, published, names) -%}
  {#- A query for the rows that were published, or removed, and are not recorded. Who was removed and is not known to be, since
      somebody else took the row away, is so from now on. -#}
  {%- set key, removed = signals_identifier(), signals_table_of('removed_entities') -%}
  {%- set now = 'now_publishing.updated_at' -%}
  select
      {%- for name in names %}
      published.{{ name }},
      {%- endfor %}
      published.updated_at as valid_from,
      'changed' as change
  from {{ published }} as published
  left join {{ history }} as recorded
      on
          recorded.{{ key }} = published.{{ key }}
          and recorded.valid_to is null
          and recorded.valid_from >= published.updated_at
  where recorded.{{ key }} is null

  union all

  select
      {%- for name in names %}
      {{ 'recorded.' ~ name if name == key else 'null as ' ~ name }},
      {%- endfor %}
      {%- if removed is none %}
      greatest({{ now }}, recorded.valid_from) as valid_from,
      {%- else %}
      case
          when removed.removed_at > recorded.valid_from then removed.removed_at
          else greatest({{ now }}, recorded.valid_from)
      end as valid_from,
      {%- endif %}
      'removed' as change
  from {{ history }} as recorded
  left join {{ published }} as published on published.{{ key }} = recorded.{{ key }}
  {%- if removed is not none %}
  left join {{ removed }} as removed on removed.{{ key }} = recorded.{{ key }}
  {%- endif %}
  cross join (
      select updated_at from {{ signals_table_of('attributes_this_run') }} where change in ('partial', 'whole')
  ) as now_publishing
  where recorded.valid_to is null and published.{{ key }} is null
{%- endmacro %}

{% macro signals_fit_history(history, published) -%}
  {#- Gives the history the columns that are published. Those of attributes that were dropped stay. One that has another type
      now gets the wider of both, if that holds all values of the other; else what it held stays in a column of another
      name. -#}
  {%- set stored, selected, moved, statements = signals_types_of(history), [], [], [] -%}
  {%- if signals_identifier() not in stored -%}
    {%- do exceptions.raise_compiler_error(
        history ~ " is the history of other entities: it has no column " ~ signals_identifier() ~ ". Rename that table, or drop"
        ~ " it, and run again."
    ) -%}
  {%- endif -%}
  {%- set given = signals_types_of(published) -%}
  {%- for name, type in stored.items() -%}
    {%- if signals_fits(given.get(name, type), type) -%}
      {%- do selected.append(name) -%}
    {%- elif signals_fits(type, given[name]) -%}
      {%- do selected.append('cast(' ~ name ~ ' as ' ~ given[name] ~ ') as ' ~ name) -%}
    {%- else -%}
      {%- do moved.append((name, signals_name_of_before(name, stored))) -%}
      {%- do selected.append('cast(null as ' ~ given[name] ~ ') as ' ~ name) -%}
      {%- do selected.append(name ~ ' as ' ~ moved[-1][1]) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- if selected != stored | list -%}
    {%- do adapter.dispatch('signals_refit')(history, 'select ' ~ selected | join(', ') ~ ' from ' ~ history) -%}
  {%- endif -%}
  {%- for name, before in moved -%}
    {%- do exceptions.warn(history ~ ": " ~ name ~ " has another type now; what it held until now is in " ~ before) -%}
  {%- endfor -%}
  {%- for name, type in given.items() if name not in stored and name != 'updated_at' -%}
    {%- do statements.append('alter table ' ~ history ~ ' add column ' ~ name ~ ' ' ~ type) -%}
  {%- endfor -%}
  {%- for text in statements -%}{%- do run_query(text) -%}{%- endfor -%}
  {%- if statements or selected != stored | list -%}
    {#- it is to be committed, even if the model has nothing to write -#}
    {%- do graph.setdefault('signals_changed', {}).update({model.unique_id: invocation_id}) -%}
  {%- endif -%}
{%- endmacro %}

{% macro signals_types_of(relation) -%}
  {#- Of each column, in lower case, its type as `cast` takes it. -#}
  {{ return(adapter.dispatch('signals_types_of')(relation)) }}
{%- endmacro %}

{% macro default__signals_types_of(relation) -%}
  {%- set found = {} -%}
  {%- for column in adapter.get_columns_in_relation(relation) -%}
    {%- do found.update({column.name | lower: column.data_type}) -%}
  {%- endfor -%}
  {{ return(found) }}
{%- endmacro %}

{% macro postgres__signals_types_of(relation) -%}
  {#- The catalogue that dbt asks calls every list an array. -#}
  {%- set found = {} -%}
  {%- set asked -%}
    select attname, format_type(atttypid, atttypmod)
    from pg_attribute
    where attnum > 0 and not attisdropped and attrelid = '{{ relation }}'::regclass
    order by attnum
  {%- endset -%}
  {%- for row in signals_rows(asked) -%}{%- do found.update({row[0]: row[1]}) -%}{%- endfor -%}
  {{ return(found) }}
{%- endmacro %}

{% macro default__signals_refit(history, query) -%}
  {%- do signals_remake('attributes_history', query) -%}
{%- endmacro %}

{% macro spark__signals_refit(history, query) -%}
  {#- The table has no partitions, so that Spark can replace it by one with other columns. -#}
  {%- do run_query(signals_create_table(history, query, signals_node('attributes_history').config)) -%}
{%- endmacro %}

{% macro signals_name_of_before(name, known) -%}
  {#- `clicks_before_20250503`: no other column is called like that. -#}
  {%- set stem = name[:40] ~ '_before_' ~ signals_run().planned_at[:10] | replace('-', '') -%}
  {%- for number in range(1000) -%}
    {%- set found = stem ~ ('_' ~ number if number else '') -%}
    {%- if found not in known -%}{{ return(found) }}{%- endif -%}
  {%- endfor -%}
{%- endmacro %}

{% macro signals_fits(type, into) -%}
  {#- Whether every value of a type is one of the other. -#}
  {%- set given, wanted = type | lower, into | lower -%}
  {%- if given == wanted -%}{{ return(true) }}{%- endif -%}
  {%- set texts = 'text|string|(character varying|varchar)( *\\([0-9]+\\))?' -%}
  {%- if modules.re.fullmatch(texts, given) and modules.re.fullmatch(texts, wanted) -%}{{ return(true) }}{%- endif -%}
  {%- set whole = {'smallint': 16, 'integer': 32, 'int': 32, 'bigint': 64, 'int64': 64} -%}
  {%- set parts = {'real': 32, 'float': 32, 'double': 64, 'double precision': 64, 'float64': 64} -%}
  {%- if given in whole and wanted in whole -%}{{ return(whole[given] <= whole[wanted]) }}{%- endif -%}
  {%- if given in parts and wanted in parts -%}{{ return(parts[given] <= parts[wanted]) }}{%- endif -%}
  {{ return(given in whole and wanted in parts and whole[given] < parts[wanted]) }}
{%- endmacro %}
