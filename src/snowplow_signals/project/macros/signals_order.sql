{#- Which model may write now.

    The models of a project are the steps of a protocol over its tables. Our `run` and a whole `dbt build` take them in
    order, and nothing has to be checked. Any other way of building them (one at a time, each in its own process; some and
    not others; again; after a failure) leads to the same tables: before it writes, a model checks whether those
    before it did their part for this chunk of load, or for these days. Where not, it writes nothing and says so, and the
    next run does it. What is done already is not done twice. -#}

{% macro signals_reason_to_wait() -%}
  {#- Why this model must not write now; none if it may. -#}
  {%- do signals_write_own_only() -%}
  {%- set step = signals_step() -%}
  {%- set in_order = signals_is_in_order(step) -%}
  {%- if not in_order -%}
    {%- do signals_stop_unless_there(['definition']) -%}
    {%- do signals_stop_if_redefined() -%}
  {%- endif -%}
  {%- set holding_back = signals_reason_to_hold_back(step) -%}
  {%- if holding_back or in_order -%}{{ return(holding_back) }}{%- endif -%}
  {%- do signals_stop_unless_there(signals_tables_for(step)) -%}
  {%- if step in ('filtered_events', 'incremental_manifest') -%}{%- do signals_note_stored() -%}{%- endif -%}
  {%- set checks = signals_checks(step) -%}
  {%- if not checks -%}{{ return(none) }}{%- endif -%}
  {%- set counts = [] -%}
  {%- for check in checks -%}{%- do counts.append(check[1] ~ ' as check_' ~ loop.index) -%}{%- endfor -%}
  {%- set found = signals_rows('select\n    ' ~ counts | join(',\n    '))[0] -%}
  {%- for check in checks -%}
    {%- if found[loop.index0] -%}{{ return(check[0]) }}{%- endif -%}
  {%- endfor -%}
  {{ return(none) }}
{%- endmacro %}

{% macro signals_reason_to_hold_back(step) -%}
  {#- After the scope has grown, what was published stays until all loads have been taken again. Our `run` takes them all
      before it publishes; a plain build takes a few days at a time. -#}
  {%- set publishing = ['attributes_this_run', 'removed_entities', 'attributes', 'attributes_history',
      'attribute_statistics', 'publication_manifest', 'run_history'] -%}
  {%- if step not in publishing or signals_run().has_lease -%}{{ return(none) }}{%- endif -%}
  {%- set found = graph.get('signals_widened_left', [none, 0]) -%}
  {%- set limits = signals_table_of('base_new_event_limits') -%}
  {%- if found[0] != invocation_id and limits is not none -%}
    {%- set found = [invocation_id, signals_rows('select max(widened_left) from ' ~ limits)[0][0]] -%}
  {%- endif -%}
  {%- if found[0] == invocation_id and found[1] -%}
    {{ return('the loads of before are not all taken yet for what is in scope now; what was published stays until then') }}
  {%- endif -%}
  {{ return(none) }}
{%- endmacro %}

{% macro signals_is_in_order(step) -%}
  {#- Whether all models before this one were built in this invocation, with no other writer in between. -#}
  {%- if signals_run().has_lease or step == 'definition' -%}{{ return(true) }}{%- endif -%}
  {%- if not signals_stays_alone() -%}{{ return(false) }}{%- endif -%}
  {%- for phase in signals_phases() if step in phase -%}
    {%- for name in phase[:phase.index(step)] if signals_node(name) is not none -%}
      {%- if not signals_was_built(name) -%}{{ return(false) }}{%- endif -%}
    {%- endfor -%}
  {%- endfor -%}
  {{ return(true) }}
{%- endmacro %}

{% macro signals_note_built() -%}
  {%- do graph.setdefault('signals_built', {}).update({model.unique_id: invocation_id}) -%}
{%- endmacro %}

{% macro signals_was_built(name) -%}
  {#- Whether a model was built in this invocation. -#}
  {{ return(graph.get('signals_built', {}).get(signals_node(name).unique_id) == invocation_id) }}
{%- endmacro %}

{% macro signals_is_as_built(name) -%}
  {#- Whether a model was built in this invocation, and nobody else can have written since. -#}
  {{ return(signals_was_built(name) and (signals_run().has_lease or signals_stays_alone())) }}
{%- endmacro %}

{% macro signals_node(name) -%}
  {{ return(graph.nodes.get('model.' ~ model.package_name ~ '.' ~ model.package_name ~ '_' ~ name)) }}
{%- endmacro %}

{% macro signals_table_of(name) -%}
  {#- A table of this project, at the place that its node names; none while it does not exist. -#}
  {{ return(signals_state(model.package_name ~ '_' ~ name)) }}
{%- endmacro %}

{% macro signals_write_nothing(reason) -%}
  {#- Ends a model that must not write: it succeeds, and logs why. -#}
  {%- do log(model.name ~ ': nothing done; ' ~ reason, info=true) -%}
  {%- call noop_statement('main', 'NOTHING DONE', code='NOTHING DONE', rows_affected=0) -%}
  -- {{ reason }}
  {%- endcall -%}
  {{ return({'relations': []}) }}
{%- endmacro %}

{% macro signals_tables_for(step) -%}
  {#- The tables that must exist before a model is built by itself. -#}
  {%- set taken = ['base_new_event_limits', 'base_events_this_run', 'chunk_manifest'] -%}
  {%- set marked = taken + ['daily_aggregation_manifest', 'entity_day_manifest'] -%}
  {%- set chosen = ['base_new_event_limits', 'daily_aggregation_manifest', 'entity_day_manifest', 'filtered_events',
      'days_out_of_date', 'entity_days_to_process'] -%}
  {%- set compared = ['base_new_event_limits', 'daily_aggregation_manifest', 'entity_manifest'] -%}
  {{ return({
      'base_events_this_run': ['base_new_event_limits'],
      'chunk_manifest': taken[:2],
      'daily_aggregation_manifest': taken,
      'entity_day_manifest': taken,
      'filtered_events': marked,
      'incremental_manifest': marked + ['filtered_events'],
      'days_out_of_date': ['daily_aggregation_manifest', 'filtered_events', 'incremental_manifest'],
      'entity_days_to_process': ['days_out_of_date', 'entity_day_manifest'],
      'entity_manifest': chosen,
      'entity_history': chosen + ['entity_manifest'],
      'daily_values': chosen + ['entity_manifest'],
      'daily_aggregates': chosen + ['entity_manifest', 'daily_values'],
      'attributes_this_run': compared + ['daily_aggregates', 'daily_values'],
      'removed_entities': ['attributes_this_run'],
      'attributes': ['attributes_this_run', 'removed_entities'],
      'attributes_history': ['attributes_this_run', 'removed_entities', 'attributes'],
      'attribute_statistics': compared + ['attributes_this_run', 'attributes', 'daily_aggregates', 'daily_values'],
      'publication_manifest': compared + ['attributes_this_run', 'removed_entities', 'attributes', 'attributes_history'],
      'run_history': compared + ['chunk_manifest', 'days_out_of_date', 'attributes', 'publication_manifest'],
  }.get(step, [])) }}
{%- endmacro %}

{% macro signals_stop_unless_there(names) -%}
  {#- Called before a model that is built by itself reads these tables. -#}
  {%- set missing = [] -%}
  {%- for name in names if signals_node(name) is not none and signals_table_of(name) is none -%}
    {%- do missing.append(model.package_name ~ '_' ~ name) -%}
  {%- endfor -%}
  {%- if missing -%}{%- do signals_is_missing(missing) -%}{%- endif -%}
{%- endmacro %}

{% macro signals_are_there(relations) -%}
  {#- Whether a test of the data can read its tables: who builds some models before the others were ever built has not all. -#}
  {%- for relation in relations if execute and load_cached_relation(relation) is none -%}{{ return(false) }}{%- endfor -%}
  {{ return(true) }}
{%- endmacro %}

{% macro signals_nothing_wrong() -%}
  select 1 as wrong from (select 0 as wrong) as nothing where wrong = 1
{%- endmacro %}

{% macro signals_checks(step) -%}
  {#- What must hold before a model writes by itself: pairs of a problem, and a count that is above zero if there is one. -#}
  {%- set key = signals_identifier() -%}
  {%- set limits = signals_table_of('base_new_event_limits') -%}
  {%- set taken = signals_table_of('base_events_this_run') -%}
  {%- set chunks = signals_table_of('chunk_manifest') -%}
  {%- set days = signals_table_of('daily_aggregation_manifest') -%}
  {%- set dirty = signals_table_of('entity_day_manifest') -%}
  {%- set chosen = signals_due(signals_table_of('days_out_of_date')) -%}
  {%- set chosen_dirty = signals_table_of('entity_days_to_process') -%}
  {%- set entities = signals_table_of('entity_manifest') -%}
  {%- set changes = signals_table_of('attributes_this_run') -%}
  {%- set removed = signals_table_of('removed_entities') -%}
  {%- set published = signals_table_of('attributes') -%}
  {%- set publication = signals_table_of('publication_manifest') -%}
  {%- set planned = '(select max(chunk) from ' ~ limits ~ ')' -%}
  {%- set checks = [] -%}

  {#- a chunk of load, known by its number -#}
  {%- if step in ('base_events_this_run', 'chunk_manifest') and chunks is not none -%}
    {%- do checks.append((
        'the events of this chunk are already accounted for',
        '(select count(*) from ' ~ chunks ~ ' where chunk = ' ~ planned ~ ')'
    )) -%}
  {%- endif -%}
  {%- if step in ('chunk_manifest', 'daily_aggregation_manifest', 'entity_day_manifest', 'filtered_events') -%}
    {%- do checks.append((
        'base_events_this_run does not hold the events of the chunk that base_new_event_limits planned',
        '(select count(*) from ' ~ limits ~ ' where chunk <> (select max(chunk) from ' ~ taken ~ '))'
    )) -%}
  {%- endif -%}
  {%- if step in ('daily_aggregation_manifest', 'entity_day_manifest', 'filtered_events') -%}
    {%- do checks.append((
        'the events of this chunk are already stored',
        '(select count(*) from ' ~ chunks ~ ' where is_stored and chunk = ' ~ planned ~ ')'
    )) -%}
    {%- do checks.append((
        'chunk_manifest does not account for this chunk',
        '(select count(*) from ' ~ limits ~ ' where bucket is not null and chunk not in (select chunk from ' ~ chunks
        ~ '))'
    )) -%}
  {%- endif -%}
  {%- if step == 'entity_day_manifest' and dirty is not none -%}
    {%- do checks.append((
        'the entities of this chunk are marked already',
        '(select count(*) from ' ~ dirty ~ ' where chunk = ' ~ planned ~ ')'
    )) -%}
  {%- endif -%}
  {%- if step == 'filtered_events' -%}
    {%- set unmarked -%}
    (
        select count(*)
        from (
            select day from {{ taken }} where is_winner
            union distinct
            select stored_day as day from {{ taken }} where is_winner and stored_day is not null
        ) as touched
        left join {{ days }} as manifest on manifest.day = touched.day
        where
            manifest.day is null
            or not manifest.is_out_of_date
            or manifest.marked_chunk <> {{ planned }}
            or coalesce(manifest.counted_chunk, 0) >= manifest.marked_chunk
            or coalesce(manifest.aggregated_chunk, 0) >= manifest.marked_chunk
    )
    {%- endset -%}
    {%- do checks.append(('daily_aggregation_manifest does not mark the days of this chunk', unmarked)) -%}
    {%- do checks.append((
        'entity_day_manifest does not mark the entities of this chunk',
        '(select case when (select count(*) from ' ~ taken ~ ' where is_winner) > 0 and (select count(*) from ' ~ dirty
        ~ ' where chunk = ' ~ planned ~ ') = 0 then 1 else 0 end)'
    )) -%}
  {%- endif -%}
  {%- if step == 'incremental_manifest' -%}
    {%- do checks.append((
        'the events of this chunk are not stored',
        '(select count(*) from ' ~ limits ~ ' where bucket is not null and chunk not in (select chunk from ' ~ chunks
        ~ ' where is_stored))'
    )) -%}
  {%- endif -%}

  {#- days and their dirty entities -#}
  {%- if step in ('entity_manifest', 'entity_history', 'daily_values', 'daily_aggregates') -%}
    {%- set of_another_state -%}
    (
        select count(*)
        from {{ chosen }} as chosen
        left join {{ days }} as manifest on manifest.day = chosen.day
        where
            manifest.day is null
            or not manifest.is_out_of_date
            or manifest.marked_chunk <> chosen.marked_chunk
    )
    {%- endset -%}
    {%- do checks.append((
        'the days of days_out_of_date are aggregated already, or have changed since they were chosen', of_another_state
    )) -%}
    {%- set left_out -%}
    (
        select count(*)
        from {{ dirty }} as dirty
        inner join {{ chosen }} as chosen on chosen.day = dirty.day
        left join {{ chosen_dirty }} as known on known.day = dirty.day and known.{{ key }} = dirty.{{ key }}
        where known.day is null
    )
    {%- endset -%}
    {%- do checks.append(('entity_days_to_process is not of the days that are due in days_out_of_date', left_out)) -%}
  {%- endif -%}
  {%- set history = signals_table_of('entity_history') -%}
  {%- if step in ('daily_values', 'daily_aggregates') and history is not none -%}
    {%- do checks.append((
        'entity_history does not mark the entities whose earlier days change',
        '(select count(*) from ' ~ chosen_dirty ~ ' where day <= (select max(day) from ' ~ history ~ ') and ' ~ key
        ~ ' not in (select ' ~ key ~ ' from ' ~ history ~ ' where day is null))'
    )) -%}
  {%- endif -%}
  {%- if step in ('entity_history', 'daily_values', 'daily_aggregates') -%}
    {%- do checks.append((
        'entity_manifest does not mark the entities of these days',
        '(select count(*) from ' ~ chosen_dirty ~ ' where ' ~ key ~ ' not in (select ' ~ key ~ ' from ' ~ entities
        ~ ' where ' ~ key ~ ' is not null))'
    )) -%}
  {%- endif -%}
  {%- if step == 'daily_aggregates' and signals_node('daily_values') is not none -%}
    {%- do checks.append((
        'daily_values does not hold these days',
        '(select count(*) from ' ~ chosen ~ ' as chosen inner join ' ~ days ~ ' as manifest on manifest.day = chosen.day'
        ~ ' where coalesce(manifest.values_chunk, 0) <> chosen.marked_chunk)'
    )) -%}
  {%- endif -%}

  {#- a publication -#}
  {%- if step == 'attributes_this_run' and publication is not none -%}
    {%- set of_this_day = ' where days_shifted = ' ~ signals_shift() ~ ' and as_of = (select max(as_of) from ' ~ limits
        ~ ')' -%}
    {%- do checks.append((
        'entity_manifest does not mark the entities whose windows moved',
        '(select case when (select count(*) from ' ~ entities ~ of_this_day ~ ') + (select count(*) from ' ~ publication
        ~ of_this_day ~ ') = 0 then 1 else 0 end)'
    )) -%}
  {%- endif -%}
  {%- if step == 'attributes' -%}
    {%- do checks.append((
        'removed_entities does not hold those whose rows go',
        '(select count(*) from ' ~ changes ~ " where change = 'removed' and " ~ key ~ ' not in (select ' ~ key ~ ' from '
        ~ removed ~ '))'
    )) -%}
    {%- if signals_is_replaced() -%}
      {%- do checks.append((
          'attributes_this_run holds only the rows that changed, and the table is to be made from all of them',
          '(select count(*) from ' ~ changes ~ " where change = 'partial')"
      )) -%}
    {%- endif -%}
  {%- endif -%}
  {%- if step == 'publication_manifest' -%}
    {%- set others = '(select count(*) from ' ~ changes ~ " where change in ('partial', 'whole') and signals_seen <> "
        ~ signals_seen(entities, days, limits) ~ ')' -%}
    {%- if publication is not none -%}
      {%- do checks.append((
          'this run has published already',
          '(' ~ others ~ ' * (select count(*) from ' ~ publication ~ ' where run_id in (select run_id from ' ~ limits
          ~ ')))'
      )) -%}
    {%- endif -%}
    {%- do checks.append(('what attributes_this_run was computed from has changed since', others)) -%}
  {%- endif -%}
  {%- if step in ('attributes_history', 'attribute_statistics', 'publication_manifest') -%}
    {%- set unpublished -%}
    (
        select count(*)
        from {{ changes }} as given
        left join {{ published }} as stored on stored.{{ key }} = given.{{ key }}
        where
            (given.change = 'removed' and stored.{{ key }} is not null)
            or (
                given.change in ('new', 'changed', 'same')
                and (stored.{{ key }} is null or stored.updated_at <> given.updated_at)
            )
    )
    {%- endset -%}
    {%- do checks.append(('attributes does not hold the rows of attributes_this_run', unpublished)) -%}
  {%- endif -%}
  {%- set history = signals_table_of('attributes_history') -%}
  {%- if step == 'publication_manifest' and history is not none -%}
    {%- set unrecorded -%}
    (
        select count(*)
        from {{ changes }} as given
        left join {{ history }} as stored on stored.{{ key }} = given.{{ key }} and stored.valid_to is null
        where
            (given.change = 'removed' and stored.{{ key }} is not null)
            or (
                given.change in ('new', 'changed')
                and (stored.{{ key }} is null or stored.valid_from < given.updated_at)
            )
    )
    {%- endset -%}
    {%- do checks.append(('attributes_history does not hold the rows of attributes_this_run', unrecorded)) -%}
  {%- endif -%}
  {%- if step == 'run_history' -%}
    {%- do checks.append((
        'this run has not published',
        '(select count(*) from ' ~ limits ~ ' where run_id not in (select run_id from ' ~ publication ~ '))'
    )) -%}
  {%- endif -%}
  {{ return(checks) }}
{%- endmacro %}

{% macro signals_stop_if_redefined() -%}
  {#- A model that is built without the definition's model checks the definition itself, before it reads any other table:
      its columns may be those of an earlier layout. -#}
  {%- if not signals_was_built('definition') -%}
    {%- set definition = signals_table_of('definition') -%}
    {%- set columns = signals_events_columns() -%}
    {%- do signals_stop_if_changed(definition, signals_parts(columns)) -%}
    {%- set types = signals_new_types(columns, definition) -%}
    {%- if types -%}
      {%- do exceptions.raise_compiler_error(
          "The definition is not the one that the tables were built from: " ~ types[0][0] ~ " is " ~ types[0][1]
          ~ " now, which must be recorded before " ~ model.name ~ " is built. Build " ~ model.package_name
          ~ "_definition first: dbt build --select " ~ model.package_name ~ "_definition"
      ) -%}
    {%- endif -%}
  {%- endif -%}
{%- endmacro %}

{% macro signals_is_missing(names) -%}
  {%- do exceptions.raise_compiler_error(
      model.name ~ " needs " ~ names | join(', ') ~ ", which " ~ ("is" if names | length == 1 else "are")
      ~ " not there yet. Build the whole project once: dbt build --select package:" ~ model.package_name
  ) -%}
{%- endmacro %}
