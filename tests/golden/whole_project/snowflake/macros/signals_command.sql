-- Made by snowplow-batch-engine from view batch_ecommerce_attributes, version 1. Change the view, not this file.
{#- What dbt was asked to do: what would do harm is refused before anything is written. -#}

{% macro signals_begin_run(limits) -%}
  {#- Before anything of a run is written. -#}
  {%- if signals_writes() -%}
    {%- do signals_check_command() -%}
    {%- do signals_claim(limits) -%}
  {%- endif -%}
{%- endmacro %}

{% macro signals_check_command() -%}
  {%- if flags.EMPTY -%}
    {%- do exceptions.raise_compiler_error(
        "--empty builds tables without their rows, and the tables of " ~ model.package_name ~ " remember what was"
        ~ " processed. Leave it out here: dbt build --empty --exclude package:" ~ model.package_name
    ) -%}
  {%- endif -%}
  {%- if invocation_args_dict.get('sample') -%}
    {%- do exceptions.raise_compiler_error(
        "--sample builds tables from some of their rows, and the tables of " ~ model.package_name ~ " remember what was"
        ~ " processed. Leave it out here: dbt build --sample ... --exclude package:" ~ model.package_name
    ) -%}
  {%- endif -%}
  {%- do signals_check_variables() -%}
  {%- if flags.FULL_REFRESH and not signals_run().has_lease -%}
    {%- set left_out = [] -%}
    {%- for id, node in graph.nodes.items()
        if node.resource_type == 'model' and node.package_name == model.package_name and id not in selected_resources -%}
      {%- do left_out.append(node.name) -%}
    {%- endfor -%}
    {%- if left_out -%}
      {%- do exceptions.raise_compiler_error(
          "--full-refresh drops what has been computed and computes all of it anew, so all models of "
          ~ model.package_name ~ " have to be selected. These are not: " ~ left_out | sort | join(', ')
      ) -%}
    {%- endif -%}
  {%- endif -%}
{%- endmacro %}

{% macro signals_check_variables() -%}
  {#- A variable of --vars that looks like ours and is not would be passed over in silence. Where this project is a package
      of another one, it may be another package's. -#}
  {%- if model.package_name != project_name -%}{{ return('') }}{%- endif -%}
  {%- set given = invocation_args_dict.get('vars') or {} -%}
  {%- set given = fromyaml(given) if given is string else given -%}
  {%- for name in given or {} if name.startswith('snowplow__') and name not in signals_variables() -%}
    {%- set words = name.split('_') -%}
    {%- set best = namespace(name=none, alike=0) -%}
    {%- for known in signals_variables() -%}
      {%- set shared = namespace(count=0) -%}
      {%- for word in known[11:].split('_') -%}
        {%- for other in words if other and (other[:3] == word[:3] or other[-3:] == word[-3:]) -%}
          {%- set shared.count = shared.count + 1 -%}
        {%- endfor -%}
      {%- endfor -%}
      {%- if shared.count / (known.split('_') | length) > best.alike -%}
        {%- set best.name = known -%}
        {%- set best.alike = shared.count / (known.split('_') | length) -%}
      {%- endif -%}
    {%- endfor -%}
    {%- do exceptions.raise_compiler_error(
        "snowplow__ variables: --vars has '" ~ name ~ "', and there is no such variable"
        ~ ("; did you mean '" ~ best.name ~ "'?" if best.name else ". There are: " ~ signals_variables() | join(', '))
    ) -%}
  {%- endfor -%}
{%- endmacro %}

{% macro signals_tell_backlog(limits) -%}
  {#- A plain `dbt build` takes some days of load and publishes what it has: how many are left? -#}
  {%- if execute and not signals_run().has_lease -%}
    {%- set left = signals_rows('select max(days_left) from ' ~ limits)[0][0] -%}
    {%- if left -%}
      {%- do log(
          model.package_name ~ ": " ~ left ~ (" day" if left == 1 else " days") ~ " of load left after this build, which"
          ~ " publishes what was taken until then. `dbt build` again takes the next (snowplow__backfill_limit_days: "
          ~ signals_run().limit_days ~ "); `snowplow-batch-engine run` takes all of them.", info=true
      ) -%}
    {%- endif -%}
  {%- endif -%}
{%- endmacro %}
