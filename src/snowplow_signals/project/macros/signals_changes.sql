{#- Brings the tables up to date in place after the definition has changed, computing as little as possible.

    Every stored part of the definition is true of the tables. So the parts that will stop being true are removed first, then
    the tables are changed, each by one repeatable statement, and the new parts are stored last. A process that dies in
    between leaves tables that the next one changes again, whatever the definition is by then. The
    attributes that are published stay, with their columns, until they are replaced as a whole. -#}

{% macro signals_change(built_from, wanted, columns) -%}
  {#- What has changed, and its consequences. -#}
  {%- set refused, redefined, gone, appeared = [], [], [], [] -%}
  {%- set attributes, properties, slots, added = {}, [], [], [] -%}
  {%- set narrowed, derived = [], [] -%}
  {%- set found = signals_differing_parts(built_from, wanted) -%}
  {#- Earlier versions stored one part per attribute, with its events, properties and slots. -#}
  {%- set is_of_before = found | selectattr(0, 'equalto', 'events') | list | length > 0 -%}
  {%- for change in found -%}
    {%- set part, how = change[0], change[1] -%}
    {%- set kind, name = part.split(' ')[0], part.split(' ')[1:] | join(' ') -%}
    {%- if how != 'is new' and kind in ['attribute', 'derived', 'view', 'property', 'slot', 'events'] -%}{%- do gone.append(part) -%}{%- endif -%}
    {%- if kind in ['attribute', 'derived'] -%}
      {%- if kind == 'derived' -%}{%- do derived.append(name) -%}{%- endif -%}
      {%- do attributes.update({name: how}) -%}
      {%- if how == 'has changed' and not is_of_before and not var('snowplow__accept_changes', false) -%}
        {%- do redefined.append('  attribute ' ~ name ~ ' ' ~ how) -%}
      {%- endif -%}
    {%- elif kind == 'view' -%}
      {#- its events are those that its attributes ask for -#}
    {%- elif kind == 'property' -%}
      {%- if how != 'is gone' -%}{%- do properties.append(name) -%}{%- endif -%}
    {%- elif kind == 'slot' -%}
      {%- if how != 'is gone' -%}{%- do slots.append(name) -%}{%- endif -%}
    {%- elif kind == 'events' -%}
      {%- do (narrowed if how == 'is gone' else added).append(part) -%}
    {%- elif part == 'snowplow__start_date' and change[3] < change[2] -%}
      {%- do added.append('days before ' ~ change[2]) -%}
    {%- elif kind == 'column' and (how != 'has changed' or change[3] == 'present') -%}
      {%- if how == 'has changed' -%}{%- do appeared.append(part) -%}{%- endif -%}
    {%- else -%}
      {%- do refused.append('  ' ~ signals_part_words(change)) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- set change = {
      'is_any': found | length > 0,
      'refused': redefined + refused,
      'ways': ' Or, if applications are to read something else under the same name from now on: `run --accept-changes`,'
          ~ ' or snowplow__accept_changes: true.' if redefined and not refused else '',
      'gone': gone,
      'attributes': attributes,
      'derived': derived,
      'is_derived_only': found | length > 0 and derived | length == found | length,
      'properties': properties,
      'slots': slots,
      'appeared': appeared,
      'added': added,
      'narrowed': narrowed,
  } -%}
  {%- if appeared and not change.refused -%}{%- do signals_look_at_appeared(change, columns) -%}{%- endif -%}
  {%- for name, slot in signals_slots().items() if name not in slots -%}
    {%- if narrowed -%}{%- do slots.append(name) -%}{%- endif -%}
    {%- for property in slot.properties if property in properties and name not in slots -%}
      {%- do slots.append(name) -%}
    {%- endfor -%}
  {%- endfor -%}
  {{ return(change) }}
{%- endmacro %}

{% macro signals_look_at_appeared(change, columns) -%}
  {#- Rows that were taken before a column appeared should have no value in it; where they do, the values are filled in. -#}
  {%- set stored = signals_table_of('filtered_events') -%}
  {%- set read_by = signals_read_by() -%}
  {%- for part in change.appeared -%}
    {%- if part not in read_by -%}
      {#- this column decides which events are in scope, or when they happened -#}
      {%- if stored is not none -%}{%- do change.refused.append('  ' ~ part ~ ' has appeared') -%}{%- endif -%}
    {%- else -%}
      {%- set names = [] -%}
      {%- for name in read_by[part] if name not in change.properties -%}{%- do names.append(name) -%}{%- endfor -%}
      {%- if names and stored is not none and signals_rows(signals_has_values(stored, columns, names)) -%}
        {%- do change.properties.extend(names) -%}
      {%- endif -%}
    {%- endif -%}
  {%- endfor -%}
{%- endmacro %}

{% macro signals_apply(change, built_from, columns) -%}
  {%- do signals_log_change(change) -%}
  {%- if change.narrowed -%}
    {#- a part of its own records that events must leave, until they have left -#}
    {%- do run_query('insert into ' ~ built_from ~ " (part, fingerprint) select 'events that leave', 'true'") -%}
  {%- endif -%}
  {#- remembered for good: until it is published anew, its column may have another type -#}
  {%- for name, how in change.attributes.items() if how == 'has changed' -%}
    {%- do run_query('insert into ' ~ built_from ~ ' (part, fingerprint) select '
        ~ signals_text_literal('redefined ' ~ name) | trim ~ ", 'true'") -%}
  {%- endfor -%}
  {%- set parts = [] -%}
  {%- for part in change.gone if part != 'events that leave' -%}
    {%- do parts.append(signals_text_literal(part) | trim) -%}
  {%- endfor -%}
  {%- if parts -%}
    {%- do run_query('delete from ' ~ built_from ~ ' where part in (' ~ parts | join(', ') ~ ')') -%}
  {%- endif -%}
  {%- if change.is_derived_only and signals_derive_anew(change.derived) -%}
    {%- do graph.update({'signals_made_anew': [model.unique_id, invocation_id]}) -%}
    {{ return('') }}
  {%- endif -%}
  {#- work in progress by the previous definition, and a cache; none of it is needed -#}
  {%- for name in ['base_new_event_limits', 'base_events_this_run', 'days_out_of_date', 'entity_days_to_process',
      'attributes_this_run', 'entity_history'] -%}
    {%- set scratch = signals_table_of(name) -%}
    {%- if scratch is not none -%}{%- do adapter.drop_relation(scratch) -%}{%- endif -%}
  {%- endfor -%}
  {%- set events = signals_table_of('filtered_events') -%}
  {%- if events is not none and (change.properties or change.narrowed) -%}
    {%- do signals_remake('filtered_events', signals_events_anew(events, columns, change.properties)) -%}
    {%- do signals_account_for_gone(events) -%}
  {%- endif -%}
  {%- set states = signals_table_of('daily_aggregates') -%}
  {%- if states is not none and (change.slots or change.narrowed) -%}
    {%- set days = signals_table_of('daily_aggregation_manifest') -%}
    {#- states are rebuilt from all events of their day, so deferred events come in: these days are aggregated in this run -#}
    {%- do run_query('update ' ~ days ~ ' set left_chunk = marked_chunk where is_out_of_date') -%}
    {%- do signals_remake_states(change, events, states) -%}
  {%- endif -%}
  {%- do signals_widen(change, built_from, columns) -%}
  {%- set publication = signals_table_of('publication_manifest') -%}
  {%- if publication is not none -%}{%- do adapter.drop_relation(publication) -%}{%- endif -%}
  {%- do graph.update({'signals_made_anew': [model.unique_id, invocation_id]}) -%}
{%- endmacro %}

{% macro signals_derive_anew(derived) -%}
  {#- Derived attributes that have changed are computed from the attributes that are published, in one statement that can be
      repeated: neither events nor states are read. False if the published table does not have these, so that all of it is
      published anew. -#}
  {%- set published = signals_table_of('attributes') -%}
  {%- set found = signals_column_names(published) -%}
  {%- set lacking = signals_columns_to_derive_from() | reject('in', found) | list -%}
  {%- if published is none or signals_table_of('publication_manifest') is none or lacking -%}{{ return(false) }}{%- endif -%}
  {%- do signals_before_deriving(published) -%}
  {%- do adapter.dispatch('signals_remake_published')(signals_attributes_anew(published, derived)) -%}
  {#- it has other columns, and other rows than its changes say -#}
  {%- do graph.get('signals_column_names', {}).clear() -%}
  {%- do graph.get('signals_to_record', {}).clear() -%}
  {%- set changes = signals_table_of('attributes_this_run') -%}
  {%- if changes is not none -%}{%- do adapter.drop_relation(changes) -%}{%- endif -%}
  {{ return(true) }}
{%- endmacro %}

{% macro default__signals_remake_published(query) -%}
  {%- do signals_remake('attributes', query) -%}
{%- endmacro %}

{% macro spark__signals_remake_published(query) -%}
  {#- The table has no partitions, so that Spark can replace it by one with other columns. -#}
  {%- set published, node = signals_table_of('attributes'), signals_node('attributes') -%}
  {%- do run_query(signals_create_table(published, query, node.config)) -%}
  {%- do apply_grants(published, node.config.get('grants'), should_revoke=false) -%}
{%- endmacro %}

{% macro signals_remake_states(change, events, states) -%}
  {%- set of_days, of_values, kept_values = [], [], [] -%}
  {%- for name, slot in signals_slots().items() -%}
    {%- if not slot.is_values -%}
      {%- if name in change.slots -%}{%- do of_days.append(name) -%}{%- endif -%}
    {%- else -%}
      {%- do (of_values if name in change.slots else kept_values).append(name) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- if of_values -%}
    {%- set values = signals_table_of('daily_values') -%}
    {%- do signals_remake('daily_values', signals_values_anew(events, values, of_values, kept_values)) -%}
  {%- endif -%}
  {%- if of_days or change.narrowed -%}
    {%- set kept = none if change.narrowed else states -%}
    {%- do signals_remake('daily_aggregates', signals_aggregates_anew(events, kept, of_days)) -%}
  {%- endif -%}
{%- endmacro %}

{% macro signals_account_for_gone(events) -%}
  {#- Accounts for stored events that are no longer in scope, so that the accounting still adds up. -#}
  {%- set chunks = signals_table_of('chunk_manifest') -%}
  {%- set asked = 'select (select coalesce(sum(rows_used - winners_replaced), 0) from ' ~ chunks ~ ' where is_stored)'
      ~ ' - (select count(*) from ' ~ events ~ ')' -%}
  {%- set gone = signals_rows(asked)[0][0] | int -%}
  {%- if gone > 0 -%}
    {%- set chunk = signals_plan_from().chunk -%}
    {%- do run_query(signals_gone_accounted(chunks, chunk, gone)) -%}
  {%- endif -%}
{%- endmacro %}

{% macro signals_widen(change, built_from, columns) -%}
  {#- After the scope has grown: every hour is taken again, for the new rows only unless its number of rows has changed too,
      and so are hours before the first one. -#}
  {%- set ledger = signals_table_of('incremental_manifest') -%}
  {%- set parts = [] -%}
  {%- if ledger is not none -%}
    {%- if signals_rows('select count(*) from ' ~ ledger ~ ' where chunk is null')[0][0] -%}
      {%- for row in signals_rows('select part from ' ~ built_from ~ " where part like 'added %'") -%}
        {%- do parts.append(row[0]) -%}
      {%- endfor -%}
    {%- endif -%}
    {%- for part in change.added -%}
      {%- do parts.append('added ' ~ part) -%}
      {%- if part.startswith('days before ') -%}
        {%- do run_query(signals_older_hours(columns, ledger, part[12:])) -%}
      {%- endif -%}
    {%- endfor -%}
    {%- if change.added -%}{%- do run_query('update ' ~ ledger ~ ' set chunk = null where true') -%}{%- endif -%}
  {%- endif -%}
  {%- do graph.update({'signals_added': [invocation_id, parts | unique | list]}) -%}
{%- endmacro %}

{% macro signals_added_parts() -%}
  {#- The additions to the scope for which hours are taken again; stored with the definition. -#}
  {%- set found, pairs = graph.get('signals_added', [none, []]), [] -%}
  {%- if found[0] == invocation_id and signals_is_made_anew() -%}
    {%- for part in found[1] -%}{%- do pairs.append((part, 'true')) -%}{%- endfor -%}
  {%- endif -%}
  {{ return(pairs) }}
{%- endmacro %}

{% macro signals_redefined_parts(built_from) -%}
  {#- The attributes that ever became something else under their names; stored with the definition. -#}
  {%- set pairs = [] -%}
  {%- if signals_is_made_anew() -%}
    {%- for name in signals_redefined(built_from) -%}{%- do pairs.append(('redefined ' ~ name, 'true')) -%}{%- endfor -%}
  {%- endif -%}
  {{ return(pairs) }}
{%- endmacro %}

{% macro signals_redefined(built_from) -%}
  {%- set names = [] -%}
  {%- if execute and built_from is not none -%}
    {%- for row in signals_rows('select distinct part from ' ~ built_from ~ " where part like 'redefined %' order by 1") -%}
      {%- do names.append(row[0].split(' ')[1]) -%}
    {%- endfor -%}
  {%- endif -%}
  {{ return(names) }}
{%- endmacro %}

{% macro signals_remake(name, query) -%}
  {#- Rebuilds a model's table from a query that may read it, with the model's own storage, indexes and grants. -#}
  {%- set node = signals_node(name) -%}
  {%- set relation = signals_own(node.name) -%}
  {%- do adapter.dispatch('signals_remake_table')(relation, query, node) -%}
  {%- set made = relation.incorporate(type='table', dbt_created=true) -%}
  {%- if load_cached_relation(relation) is none -%}{%- do adapter.cache_added(made) -%}{%- endif -%}
  {%- do apply_grants(made, node.config.get('grants'), should_revoke=false) -%}
{%- endmacro %}

{% macro default__signals_remake_table(relation, query, node) -%}
  {%- do run_query(signals_create_table(relation, query, node.config)) -%}
{%- endmacro %}

{% macro signals_remade(relation, query) -%}
  {#- The statements that rebuild a model's table from a query that may read it. -#}
  {{ return(adapter.dispatch('signals_remade')(relation, query)) }}
{%- endmacro %}

{% macro default__signals_remade(relation, query) -%}
  {{ return([signals_create_table(relation, query)]) }}
{%- endmacro %}

{% macro signals_log_change(change) -%}
  {%- for part in change.appeared -%}
    {%- do exceptions.warn(
        "The events table has " ~ part ~ " now, which is taken up" ~ (": stored events had values of it, which were filled in"
        if part in signals_read_by() and signals_read_by()[part] | select('in', change.properties) | list else '')
    ) -%}
  {%- endfor -%}
  {%- set lines = [] -%}
  {%- for name, how in change.attributes.items() -%}{%- do lines.append('attribute ' ~ name ~ ' ' ~ how) -%}{%- endfor -%}
  {%- if lines -%}{%- do exceptions.warn("The definition has changed: " ~ lines | join(', ')) -%}{%- endif -%}
{%- endmacro %}

{% macro signals_log_plan(built_from, wanted, columns) -%}
  {%- set change = signals_change(built_from, wanted, columns) if built_from is not none else {} -%}
  {%- do log('signals plan: ' ~ tojson(change), info=true) -%}
{%- endmacro %}
