{#- No statement writes to a table that is not this target's own. This is checked here, and nowhere else. -#}

{% macro signals_write_own_only() -%}
  {#- Called before a model's first statement: what it reads and writes must be this target's own tables, not views of
      another target's. -#}
  {#- the cache may not be there; it is never read where dbt finds it -#}
  {%- for id in model.depends_on.nodes if id.startswith('model.' ~ model.package_name ~ '.')
      and not id.endswith('_entity_history') -%}
    {%- set name = graph.nodes[id].name -%}
    {%- set own = signals_own(name) -%}
    {%- set found = builtins.ref(model.package_name, name) -%}
    {%- if signals_place(found) != signals_place(own) -%}
      {%- do exceptions.raise_compiler_error(
          "Nothing was written: " ~ name ~ " is not in this target, and dbt defers to " ~ found ~ ". The tables of "
          ~ model.package_name ~ " belong together and are not mixed with another target's. Build all of them here"
          ~ " (--select package:" ~ model.package_name ~ "), or none; your own models that read them may be deferred."
      ) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- for found in signals_kept() if not signals_is_table(found) -%}
    {%- do exceptions.raise_compiler_error(
        "Nothing was written: " ~ found ~ " is a " ~ found.type ~ ", as `dbt clone` creates them, and writing through"
        ~ " it may change another target. Drop the clones, or use --full-refresh, which builds tables in this target."
    ) -%}
  {%- endfor -%}
{%- endmacro %}

{% macro signals_kept() -%}
  {#- The relations of this project's models that exist. -#}
  {%- set kept = [] -%}
  {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.package_name == model.package_name
      and node.config.materialized.startswith('signals_') and node.config.materialized != 'signals_view' -%}
    {%- set found = signals_state(node.name) -%}
    {%- if found is not none -%}{%- do kept.append(found) -%}{%- endif -%}
  {%- endfor -%}
  {{ return(kept) }}
{%- endmacro %}

{% macro signals_is_table(relation) -%}
  {{ return(relation.type is none or relation.type | string | lower == 'table') }}
{%- endmacro %}

{% macro signals_place(relation) -%}
  {%- set place = [] -%}
  {%- for part in [relation.database, relation.schema, relation.identifier] -%}
    {%- do place.append((part or '') | lower) -%}
  {%- endfor -%}
  {{ return(place) }}
{%- endmacro %}
