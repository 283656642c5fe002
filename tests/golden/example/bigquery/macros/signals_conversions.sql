-- Made by snowplow-batch-engine from view batch_ecommerce_attributes, version 1. Change the view, not this file.
{% macro signals_convert(value, leaf, kind) -%}
  {#- A stored value of class `leaf` as `kind`; null where it stands for none. -#}
  {%- if leaf == 'json' and kind != 'text' -%}
  {%- set text -%}case when json_type({{ value }}) in ('object', 'array') then to_json_string({{ value }}) else json_value({{ value }}) end{%- endset -%}
  {{ signals_convert(text, 'text', kind) }}
  {%- elif kind == 'text' and leaf in ('text', 'integer', 'boolean', 'timestamp', 'date') -%}
  cast({{ value }} as string)
  {%- elif kind == 'text' and leaf == 'decimal' -%}
  case when {{ value }} = trunc({{ value }}) then cast({{ value }} as string) else case when abs(cast({{ value }} as float64)) < 9223372036854775808e0 and cast({{ value }} as float64) = trunc(cast({{ value }} as float64)) then cast(cast(cast({{ value }} as float64) as int64) as string) when abs(cast({{ value }} as float64)) <= 1.7976931348623157e308 then cast(cast({{ value }} as float64) as string) end end
  {%- elif kind == 'text' and leaf == 'float' -%}
  case when abs(cast({{ value }} as float64)) < 9223372036854775808e0 and cast({{ value }} as float64) = trunc(cast({{ value }} as float64)) then cast(cast(cast({{ value }} as float64) as int64) as string) when abs(cast({{ value }} as float64)) <= 1.7976931348623157e308 then cast(cast({{ value }} as float64) as string) end
  {%- elif kind == 'text' and leaf == 'timestamptz' -%}
  cast(datetime({{ value }}, 'UTC') as string)
  {%- elif kind == 'text' and leaf in ('nested', 'list') -%}
  if({{ value }} is not null, to_json_string({{ value }}), null)
  {%- elif kind == 'text' and leaf == 'json' -%}
  case when json_type({{ value }}) in ('object', 'array') then to_json_string(json_strip_nulls({{ value }}, include_arrays => false)) when json_type({{ value }}) = 'number' and not regexp_contains(json_value({{ value }}), '^(?:[+-]?\\d+)\\z') then case when abs(safe_cast(json_value({{ value }}) as float64)) < 9223372036854775808e0 and safe_cast(json_value({{ value }}) as float64) = trunc(safe_cast(json_value({{ value }}) as float64)) then cast(cast(safe_cast(json_value({{ value }}) as float64) as int64) as string) when abs(safe_cast(json_value({{ value }}) as float64)) <= 1.7976931348623157e308 then cast(safe_cast(json_value({{ value }}) as float64) as string) end else json_value({{ value }}) end
  {%- elif kind == 'text' -%}
  cast(null as string)
  {%- elif kind == 'number' and leaf == 'text' -%}
  if(regexp_contains({{ value }}, '^(?:[+-]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d+)?)\\z') and abs(safe_cast({{ value }} as float64)) <= 1.7976931348623157e308, safe_cast({{ value }} as float64), null)
  {%- elif kind == 'number' and leaf in ('integer', 'decimal') -%}
  cast({{ value }} as float64)
  {%- elif kind == 'number' and leaf == 'float' -%}
  case when abs({{ value }}) <= 1.7976931348623157e308 then cast({{ value }} as float64) end
  {%- elif kind == 'number' -%}
  cast(null as float64)
  {%- elif kind == 'boolean' and leaf == 'text' -%}
  safe_cast({{ value }} as bool)
  {%- elif kind == 'boolean' and leaf == 'boolean' -%}
  {{ value }}
  {%- elif kind == 'boolean' -%}
  cast(null as bool)
  {%- elif kind == 'time' and leaf == 'text' -%}
  if(regexp_contains({{ value }}, '^(?:\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])([T ]([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d(\\.\\d+)?)?(Z|[+-]([01]\\d|2[0-3])(:?[0-5]\\d)?)?)?)\\z'), safe.datetime_sub(safe.datetime_sub(safe_cast(regexp_replace(regexp_extract({{ value }}, '^.{10}(?:[T ][0-9:]{5,8}(?:[.][0-9]{1,6})?)?'), '^(.{16})\\z', '\\1:00') as datetime), interval (div(coalesce(safe_cast(rpad(replace(regexp_extract({{ value }}, '^.{11}.*([+-][0-9]{2}:?(?:[0-9]{2})?)\\z'), ':', ''), 5, '0') as int64), 0), 100)) hour), interval (mod(coalesce(safe_cast(rpad(replace(regexp_extract({{ value }}, '^.{11}.*([+-][0-9]{2}:?(?:[0-9]{2})?)\\z'), ':', ''), 5, '0') as int64), 0), 100)) minute), null)
  {%- elif kind == 'time' and leaf == 'timestamp' -%}
  {{ value }}
  {%- elif kind == 'time' and leaf == 'timestamptz' -%}
  datetime({{ value }}, 'UTC')
  {%- elif kind == 'time' and leaf == 'date' -%}
  cast({{ value }} as datetime)
  {%- elif kind == 'time' -%}
  cast(null as datetime)
  {%- endif -%}
{%- endmacro %}
