-- Made by snowplow-batch-engine from view batch_ecommerce_attributes, version 1. Change the view, not this file.
{#- How new rows take the place of old ones where a model and its hooks are no transaction: by one statement, so that a
    process that dies leaves the table as it was, or as it should be. -#}

{% materialization signals_events, default %}
  {#- One event is one row: its winner takes the place of the one before it. `events`: the winners of this run. -#}
  {%- if not signals_is_stored() -%}
    {{ return(signals_write([signals_create_table(this, sql)], is_new=true)) }}
  {%- endif -%}
  {%- set replaced -%}
    select {{ signals_text('min(stored_day)', 'day') }}, {{ signals_text('max(stored_day)', 'day') }}
    from {{ signals_state(config.require('events'), 'scratch') }}
    where is_winner and stored_day is not null
  {%- endset -%}
  {%- set edges = signals_rows(replaced)[0] -%}
  {%- if not edges[0] -%}
    {{ return(signals_write([signals_insert(this, sql)])) }}
  {%- endif -%}
  {%- set within = "stored.day between date '" ~ edges[0] ~ "' and date '" ~ edges[1] ~ "'" -%}
  {%- set same = within ~ ' and stored.event_id = given.event_id' -%}
  {{ return(signals_write([signals_merge(this, '(\n' ~ sql ~ '\n)', same)])) }}
{% endmaterialization %}

{% materialization signals_days, default %}
  {#- All rows of the days in the table `days` are replaced, in one statement that touches no other day. -#}
  {%- if not signals_is_stored() -%}
    {{ return(signals_write([signals_create_table(this, sql)], is_new=true)) }}
  {%- endif -%}
  {%- set which = signals_in_days(signals_state(config.require('days'), 'scratch')) | trim -%}
  {%- if which == 'false' -%}
    {{ return(signals_write(['select 0 as days'])) }}
  {%- endif -%}
  {{ return(signals_write([signals_replace_days(this, which, sql)])) }}
{% endmaterialization %}

{% materialization signals_changes, default %}
  {#- Published in one statement: rows of the table `changes` come, take the place of theirs, or go. -#}
  {%- set names = config.require('names') -%}
  {%- if not signals_is_stored() or not signals_has_columns(this, names) -%}
    {{ return(signals_write([signals_create_table(this, sql)], is_new=true)) }}
  {%- endif -%}
  {%- set key = config.require('unique_key') -%}
  {%- set publishing -%}
    merge into {{ this }} as stored
    using {{ signals_state(config.require('changes'), 'scratch') }} as given
    on stored.{{ key }} = given.{{ key }}
    when matched and given.change = 'removed' then delete
    when matched then update set
    {%- for name in names %} {{ name }} = given.{{ name }}{{ ',' if not loop.last }}{% endfor %}
    when not matched and given.change <> 'removed' then insert ({{ names | join(', ') }})
    values ({% for name in names %}given.{{ name }}{{ ', ' if not loop.last }}{% endfor %})
  {%- endset -%}
  {{ return(signals_write([publishing])) }}
{% endmaterialization %}
