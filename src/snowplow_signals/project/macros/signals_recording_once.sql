{#- How changes are recorded in the history of the attributes, on engines where only one statement is a transaction. -#}

{% macro signals_record(history, rows, names) -%}
  {#- The statement that records a query's rows: those of `names`, `valid_from` and `change`. Each row is given twice, to end what
      was and to begin what is. Recorded ones are left as they are. -#}
  {%- set key = signals_identifier() -%}
  {%- set recording -%}
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
  {%- endset -%}
  {{ return([recording]) }}
{%- endmacro %}

{% macro spark__signals_refit(history, query) -%}
  {#- The table has no partitions, so that Spark can replace it by one with other columns. -#}
  {%- do run_query(signals_create_table(history, query, signals_node('attributes_history').config)) -%}
{%- endmacro %}
