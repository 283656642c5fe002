{#- The variables that users tune, with checks of their names and values; our own commands make the same checks. -#}

{% macro signals_setting(name) -%}
  {#- During parsing the values have not been checked yet, and do not matter. -#}
  {%- if not execute -%}{{ return(signals_variables()[name].default) }}{%- endif -%}
  {%- set older = {
      'snowplow__late_event_lookback_days': 'snowplow__reprocess_days',
      'snowplow__min_late_events_to_process': 'snowplow__min_rows_to_process',
  } -%}
  {%- if name in older and var(older[name], none) is not none -%}
    {%- do exceptions.warn("'" ~ older[name] ~ "' is an older name; use '" ~ name ~ "'") -%}
    {{ return(var(older[name])) }}
  {%- endif -%}
  {{ return(var(name, signals_variables()[name].default)) }}
{%- endmacro %}

{% macro signals_check_variables() -%}
  {#- Once in an invocation, before anything is written. -#}
  {%- if graph.get('signals_variables') == invocation_id -%}{{ return('') }}{%- endif -%}
  {%- for place in signals_given() -%}
    {%- for name in place[1] if name is string -%}{%- do signals_check_name(place[0], name) -%}{%- endfor -%}
  {%- endfor -%}
  {%- for name, variable in signals_variables().items() -%}
    {%- set value = var(name, variable.default) -%}
    {%- set wanted = signals_wanted_instead(variable, value) -%}
    {%- if wanted -%}
      {%- set found = value if value is not string else "'" ~ value ~ "'" -%}
      {%- do exceptions.raise_compiler_error(
          name ~ " must be " ~ wanted ~ ", not " ~ ('nothing' if value is none else found)
      ) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- do graph.update({'signals_variables': invocation_id}) -%}
{%- endmacro %}

{% macro signals_given() -%}
  {#- The places where variables can be given, with what they give. Where this project is a package of another project,
      variables that are given to all packages may be meant for another package. -#}
  {%- set places = [] -%}
  {%- set config = adapter.config -%}
  {%- set of_the_root = config.vars.to_dict() -%}
  {%- do places.append(('dbt_project.yml', of_the_root.get(model.package_name) or {})) -%}
  {%- if model.package_name == project_name -%}
    {%- set given = invocation_args_dict.get('vars') or {} -%}
    {%- do places.append(('--vars', (fromyaml(given) if given is string else given) or {})) -%}
    {%- do places.append(('dbt_project.yml', of_the_root)) -%}
  {%- endif -%}
  {{ return(places) }}
{%- endmacro %}

{% macro signals_check_name(place, name) -%}
  {#- A misspelt variable would otherwise be ignored silently. -#}
  {%- if name in signals_variables() -%}{{ return('') }}{%- endif -%}
  {%- set letters = modules.re.sub('[^a-z]', '', name | lower) -%}
  {%- set same = [] -%}
  {%- if (name | lower).startswith('snowplow') -%}
    {%- for known in signals_variables() if known | replace('_', '') == letters -%}{%- do same.append(known) -%}{%- endfor -%}
  {%- endif -%}
  {%- if same or name.startswith('snowplow__') -%}
    {%- set near = same[0] if same else signals_nearest(name, signals_variables()) -%}
    {%- do exceptions.raise_compiler_error(
        "snowplow__ variables: " ~ place ~ " has '" ~ name ~ "', and there is no such variable"
        ~ ("; did you mean '" ~ near ~ "'?" if near else ". There are: " ~ signals_variables() | join(', '))
    ) -%}
  {%- endif -%}
{%- endmacro %}

{% macro signals_wanted_instead(variable, value) -%}
  {#- What the variable must be, if the value is not that; else nothing. -#}
  {%- set kind = variable.kind -%}
  {%- if value is none and (variable.default is none or kind == 'list') -%}{{ return('') }}{%- endif -%}
  {%- if kind == 'date' -%}
    {%- if not signals_is_date(value | string) -%}{{ return('a date such as 2025-01-31, a day of the calendar') }}{%- endif -%}
    {%- if not variable.least <= value | string <= variable.most -%}
      {{ return('between ' ~ variable.least ~ ' and ' ~ variable.most) }}
    {%- endif -%}
  {%- elif kind == 'flag' -%}
    {%- if value is not boolean -%}{{ return('true or false') }}{%- endif -%}
  {%- elif kind == 'text' -%}
    {%- if value is not string or not value -%}
      {{ return('a name, such as ' ~ (variable.default or 'my_database')
          ~ (" (in quotes: '" ~ value ~ "')" if value is number and value is not boolean else '')) }}
    {%- endif -%}
  {%- elif kind == 'list' -%}
    {%- set meant = [] -%}
    {%- set wrong = [] -%}
    {%- set is_list = value is sequence and value is not string and value is not mapping -%}
    {%- for item in (value if is_list else [value]) -%}
      {%- if item is string or item is integer -%}{%- do meant.append(item | string) -%}{%- endif -%}
      {%- if item is not string -%}{%- do wrong.append(item) -%}{%- endif -%}
    {%- endfor -%}
    {%- if wrong or not is_list -%}{{ return('a list of texts, such as ' ~ (meant or ['shop'])) }}{%- endif -%}
  {%- elif value is not integer -%}
    {{ return('a whole number') }}
  {%- elif not variable.least <= value <= variable.most -%}
    {{ return('between ' ~ variable.least ~ ' and ' ~ '{:,}'.format(variable.most)) }}
  {%- endif -%}
  {{ return('') }}
{%- endmacro %}

{% macro signals_is_date(text) -%}
  {#- Whether it is an ISO date that exists in the calendar. -#}
  {%- if not modules.re.fullmatch('[0-9]{4}-[0-9]{2}-[0-9]{2}', text) -%}{{ return(false) }}{%- endif -%}
  {%- set year, month, day = text[:4] | int, text[5:7] | int, text[8:] | int -%}
  {%- set is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) -%}
  {%- set lengths = [31, 29 if is_leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] -%}
  {{ return(year >= 1 and 1 <= month <= 12 and 1 <= day <= lengths[month - 1]) }}
{%- endmacro %}

{% macro signals_nearest(name, names) -%}
  {#- The most similar name, by shared pairs of letters; none when no name is close. -#}
  {%- set wanted = signals_pairs(name) -%}
  {%- set best = namespace(name=none, alike=0.6) -%}
  {%- for other in names -%}
    {%- set pairs = signals_pairs(other) -%}
    {%- set shared = namespace(count=0) -%}
    {%- for pair in wanted if pair in pairs -%}{%- set shared.count = shared.count + 2 -%}{%- endfor -%}
    {%- if shared.count > best.alike * (wanted | length + pairs | length) -%}
      {%- set best.name = other -%}
      {%- set best.alike = shared.count / (wanted | length + pairs | length) -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return(best.name) }}
{%- endmacro %}

{% macro signals_pairs(name) -%}
  {%- set letters = (name | lower).removeprefix('snowplow__') -%}
  {%- set pairs = {} -%}
  {%- for place in range(letters | length - 1) -%}{%- do pairs.update({letters[place:place + 2]: true}) -%}{%- endfor -%}
  {{ return(pairs) }}
{%- endmacro %}
