-- Made by snowplow-batch-engine from view batch_ecommerce_attributes, version 1. Change the view, not this file.
{% macro signals_convert(value, leaf, kind) -%}
  {#- A stored value of class `leaf` as `kind`; null where it stands for none. -#}
  {%- if leaf == 'json' and kind != 'text' -%}
  {%- set text -%}json_extract_string({{ value }}, '$'){%- endset -%}
  {{ signals_convert(text, 'text', kind) }}
  {%- elif kind == 'text' and leaf in ('text', 'integer', 'boolean') -%}
  cast({{ value }} as text)
  {%- elif kind == 'text' and leaf == 'decimal' -%}
  case when {{ value }} = trunc({{ value }}) then cast(cast({{ value }} as int128) as text) else case when abs(cast({{ value }} as double)) < 9223372036854775808e0 and cast({{ value }} as double) = trunc(cast({{ value }} as double)) then cast(cast(cast({{ value }} as double) as bigint) as text) when isfinite(cast({{ value }} as double)) then cast(cast({{ value }} as double) as text) end end
  {%- elif kind == 'text' and leaf == 'float' -%}
  case when abs(cast({{ value }} as double)) < 9223372036854775808e0 and cast({{ value }} as double) = trunc(cast({{ value }} as double)) then cast(cast(cast({{ value }} as double) as bigint) as text) when isfinite(cast({{ value }} as double)) then cast(cast({{ value }} as double) as text) end
  {%- elif kind == 'text' and leaf == 'timestamp' -%}
  cast(case when try_cast({{ value }} as timestamp) between cast('0001-01-01 00:00:00' as timestamp) and cast('9999-12-31 23:59:59.999999' as timestamp) then try_cast({{ value }} as timestamp) end as text)
  {%- elif kind == 'text' and leaf == 'timestamptz' -%}
  cast(case when {{ value }} at time zone 'UTC' between cast('0001-01-01 00:00:00' as timestamp) and cast('9999-12-31 23:59:59.999999' as timestamp) then {{ value }} at time zone 'UTC' end as text)
  {%- elif kind == 'text' and leaf == 'date' -%}
  cast(case when {{ value }} between cast('0001-01-01' as date) and cast('9999-12-31' as date) then {{ value }} end as text)
  {%- elif kind == 'text' and leaf == 'nested' -%}
  cast(to_json({{ value }}) as text)
  {%- elif kind == 'text' and leaf == 'json' -%}
  case when json_type({{ value }}) in ('OBJECT', 'ARRAY') then regexp_replace(regexp_replace(cast(json({{ value }}) as text), '"(?:[^"\\]|\\.)*":null,?|("(?:[^"\\]|\\.)*")', '\1', 'g'), '("(?:[^"\\]|\\.)*")|,([}])', '\1\2', 'g') when json_type({{ value }}) = 'DOUBLE' and not regexp_full_match(json_extract_string({{ value }}, '$'), '[+-]?\d+') then case when abs(try_cast(json_extract_string({{ value }}, '$') as double)) < 9223372036854775808e0 and try_cast(json_extract_string({{ value }}, '$') as double) = trunc(try_cast(json_extract_string({{ value }}, '$') as double)) then cast(cast(try_cast(json_extract_string({{ value }}, '$') as double) as bigint) as text) when isfinite(try_cast(json_extract_string({{ value }}, '$') as double)) then cast(try_cast(json_extract_string({{ value }}, '$') as double) as text) end else json_extract_string({{ value }}, '$') end
  {%- elif kind == 'text' -%}
  cast(null as text)
  {%- elif kind == 'number' and leaf == 'text' -%}
  case when regexp_full_match({{ value }}, '[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?') and isfinite(try_cast({{ value }} as double)) then try_cast({{ value }} as double) end
  {%- elif kind == 'number' and leaf in ('integer', 'decimal') -%}
  cast({{ value }} as double)
  {%- elif kind == 'number' and leaf == 'float' -%}
  case when isfinite({{ value }}) then cast({{ value }} as double) end
  {%- elif kind == 'number' -%}
  cast(null as double)
  {%- elif kind == 'boolean' and leaf == 'text' -%}
  case when lower({{ value }}) = 'true' then true when lower({{ value }}) = 'false' then false end
  {%- elif kind == 'boolean' and leaf == 'boolean' -%}
  {{ value }}
  {%- elif kind == 'boolean' -%}
  cast(null as boolean)
  {%- elif kind == 'time' and leaf == 'text' -%}
  case when regexp_full_match({{ value }}, '\d{4}-\d{2}-\d{2}([T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?)?') then case when try_cast({{ value }} as timestamp) between cast('0001-01-01 00:00:00' as timestamp) and cast('9999-12-31 23:59:59.999999' as timestamp) then try_cast({{ value }} as timestamp) end when regexp_full_match({{ value }}, '\d{4}-\d{2}-\d{2}[T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?(Z|[+-]([01]\d|2[0-3])(:?[0-5]\d)?)') then case when try_cast({{ value }} as timestamptz) at time zone 'UTC' between cast('0001-01-01 00:00:00' as timestamp) and cast('9999-12-31 23:59:59.999999' as timestamp) then try_cast({{ value }} as timestamptz) at time zone 'UTC' end end
  {%- elif kind == 'time' and leaf == 'timestamp' -%}
  case when try_cast({{ value }} as timestamp) between cast('0001-01-01 00:00:00' as timestamp) and cast('9999-12-31 23:59:59.999999' as timestamp) then try_cast({{ value }} as timestamp) end
  {%- elif kind == 'time' and leaf == 'timestamptz' -%}
  case when {{ value }} at time zone 'UTC' between cast('0001-01-01 00:00:00' as timestamp) and cast('9999-12-31 23:59:59.999999' as timestamp) then {{ value }} at time zone 'UTC' end
  {%- elif kind == 'time' and leaf == 'date' -%}
  cast(case when {{ value }} between cast('0001-01-01' as date) and cast('9999-12-31' as date) then {{ value }} end as timestamp)
  {%- elif kind == 'time' -%}
  cast(null as timestamp)
  {%- endif -%}
{%- endmacro %}
