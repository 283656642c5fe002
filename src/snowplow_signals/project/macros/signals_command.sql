{#- Checks the dbt command: what would do harm is refused before anything is written. -#}

{% macro signals_begin_model() -%}
  {#- Called before a model queries or writes anything. From then on nobody else writes until the model is finished. -#}
  {%- if signals_writes() -%}
    {%- if graph.get('signals_stopped') -%}
      {%- do exceptions.raise_compiler_error("This run does not have its lease any more, and stops before " ~ model.name) -%}
    {%- endif -%}
    {%- do signals_check_command() -%}
    {%- do adapter.dispatch('signals_tag')() -%}
    {%- do signals_claim() -%}
  {%- endif -%}
{%- endmacro %}

{% macro default__signals_tag() -%}
  {#- Most engines attach to each statement what they are asked to. -#}
{%- endmacro %}

{% macro signals_is_busy(more='') -%}
  {%- do exceptions.raise_compiler_error(
      "Another run of " ~ model.package_name ~ " is in progress; this one stops, and nothing is lost. Try again when"
      ~ " that one has finished." ~ more
  ) -%}
{%- endmacro %}

{% macro signals_step() -%}
  {#- The model's name without the project's. -#}
  {{ return(model.name[model.package_name | length + 1:]) }}
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
          "--full-refresh drops everything that was computed and computes it again, so all models of "
          ~ model.package_name ~ " must be selected. These are not: " ~ left_out | sort | join(', ')
      ) -%}
    {%- endif -%}
  {%- endif -%}
{%- endmacro %}

{% macro signals_log_backlog(limits) -%}
  {#- A plain `dbt build` takes a few days of load and publishes what it has; this logs how many days are left. -#}
  {%- if execute and not signals_run().has_lease -%}
    {%- set found = signals_rows('select max(days_left), max(widened_left), max(rows_added_elsewhere) from ' ~ limits)[0] -%}
    {%- if found[2] and signals_writes() -%}
      {%- do signals_forget_rows_elsewhere() -%}
      {%- do log(model.package_name ~ ": rows were added to hours of load (or taken from them) that this build does not compare"
          ~ " (snowplow__load_lookback_days); the next one compares all.", info=true) -%}
    {%- endif -%}
    {%- set left = found[0] -%}
    {%- do graph.update({'signals_widened_left': [invocation_id, found[1]]}) -%}
    {%- if left -%}
      {%- do log(
          model.package_name ~ ": " ~ left ~ (" day" if left == 1 else " days") ~ " of load left after this build, which"
          ~ (" publishes nothing until all are taken for what is in scope now." if found[1] else
          " publishes what was taken until then.") ~ " `dbt build` again takes the next (snowplow__backfill_limit_days: "
          ~ signals_run().limit_days ~ "); `snowplow-batch-engine run` takes all of them.", info=true
      ) -%}
    {%- endif -%}
  {%- endif -%}
{%- endmacro %}
