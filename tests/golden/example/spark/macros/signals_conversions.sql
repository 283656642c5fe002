-- Made by snowplow-batch-engine from view batch_ecommerce_attributes, version 1. Change the view, not this file.
{% macro signals_convert(value, leaf, kind) -%}
  {#- A stored value of class `leaf` as `kind`; null where it stands for none. -#}
  {%- if leaf == 'json' and kind != 'text' -%}
  {%- set text -%}cast({{ value }} as string){%- endset -%}
  {{ signals_convert(text, 'text', kind) }}
  {%- elif kind == 'text' and leaf in ('text', 'integer', 'boolean') -%}
  cast({{ value }} as string)
  {%- elif kind == 'text' and leaf == 'decimal' -%}
  case when ({{ value }} % 1) = 0 then cast(cast({{ value }} as decimal(38, 0)) as string) else case when abs(cast({{ value }} as double)) < 9223372036854775808e0 and (cast({{ value }} as double) % 1) = 0 then cast(cast(cast({{ value }} as double) as bigint) as string) when abs(cast({{ value }} as double)) < double('infinity') then cast(cast({{ value }} as double) as string) end end
  {%- elif kind == 'text' and leaf == 'float' -%}
  case when abs(cast({{ value }} as double)) < 9223372036854775808e0 and (cast({{ value }} as double) % 1) = 0 then cast(cast(cast({{ value }} as double) as bigint) as string) when abs(cast({{ value }} as double)) < double('infinity') then cast(cast({{ value }} as double) as string) end
  {%- elif kind == 'text' and leaf == 'timestamp' -%}
  cast(case when cast({{ value }} as timestamp_ntz) between cast('0001-01-01 00:00:00' as timestamp_ntz) and cast('9999-12-31 23:59:59.999999' as timestamp_ntz) then cast({{ value }} as timestamp_ntz) end as string)
  {%- elif kind == 'text' and leaf == 'timestamptz' -%}
  cast(case when timestampadd(microsecond, unix_micros({{ value }}), cast('1970-01-01 00:00:00' as timestamp_ntz)) between cast('0001-01-01 00:00:00' as timestamp_ntz) and cast('9999-12-31 23:59:59.999999' as timestamp_ntz) then timestampadd(microsecond, unix_micros({{ value }}), cast('1970-01-01 00:00:00' as timestamp_ntz)) end as string)
  {%- elif kind == 'text' and leaf == 'date' -%}
  cast(case when {{ value }} between cast('0001-01-01' as date) and cast('9999-12-31' as date) then {{ value }} end as string)
  {%- elif kind == 'text' and leaf == 'nested' -%}
  to_json({{ value }})
  {%- elif kind == 'text' and leaf == 'json' -%}
  nullif(nullif(cast({{ value }} as string), '"Infinity"'), '"-Infinity"')
  {%- elif kind == 'text' -%}
  cast(null as string)
  {%- elif kind == 'number' and leaf == 'text' -%}
  case when regexp_like({{ value }}, '^(?:[+-]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d+)?)\\z') and abs(try_cast({{ value }} as double)) < double('infinity') then try_cast({{ value }} as double) end
  {%- elif kind == 'number' and leaf in ('integer', 'decimal') -%}
  cast({{ value }} as double)
  {%- elif kind == 'number' and leaf == 'float' -%}
  case when abs({{ value }}) < double('infinity') then cast({{ value }} as double) end
  {%- elif kind == 'number' -%}
  cast(null as double)
  {%- elif kind == 'boolean' and leaf == 'text' -%}
  case when lower({{ value }}) = 'true' then true when lower({{ value }}) = 'false' then false end
  {%- elif kind == 'boolean' and leaf == 'boolean' -%}
  {{ value }}
  {%- elif kind == 'boolean' -%}
  cast(null as boolean)
  {%- elif kind == 'time' and leaf == 'text' -%}
  case when regexp_like({{ value }}, '^(?:\\d{4}-\\d{2}-\\d{2}([T ]([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d(\\.\\d+)?)?)?)\\z') then case when try_cast({{ value }} as timestamp_ntz) between cast('0001-01-01 00:00:00' as timestamp_ntz) and cast('9999-12-31 23:59:59.999999' as timestamp_ntz) then try_cast({{ value }} as timestamp_ntz) end when regexp_like({{ value }}, '^(?:\\d{4}-\\d{2}-\\d{2}[T ]([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d(\\.\\d+)?)?(Z|[+-]([01]\\d|2[0-3])(:?[0-5]\\d)?))\\z') then case when try_cast(regexp_extract({{ value }}, '^(.{10}[T ][0-9:]{5,8}(?:[.][0-9]+)?)', 1) as timestamp_ntz) - (make_dt_interval(0, coalesce(try_cast(regexp_extract({{ value }}, '([+-])([0-9]{2}):?([0-9]{2})?$', 2) as int), 0), coalesce(try_cast(regexp_extract({{ value }}, '([+-])([0-9]{2}):?([0-9]{2})?$', 3) as int), 0)) * case when regexp_extract({{ value }}, '([+-])([0-9]{2}):?([0-9]{2})?$', 1) = '-' then -1 else 1 end) between cast('0001-01-01 00:00:00' as timestamp_ntz) and cast('9999-12-31 23:59:59.999999' as timestamp_ntz) then try_cast(regexp_extract({{ value }}, '^(.{10}[T ][0-9:]{5,8}(?:[.][0-9]+)?)', 1) as timestamp_ntz) - (make_dt_interval(0, coalesce(try_cast(regexp_extract({{ value }}, '([+-])([0-9]{2}):?([0-9]{2})?$', 2) as int), 0), coalesce(try_cast(regexp_extract({{ value }}, '([+-])([0-9]{2}):?([0-9]{2})?$', 3) as int), 0)) * case when regexp_extract({{ value }}, '([+-])([0-9]{2}):?([0-9]{2})?$', 1) = '-' then -1 else 1 end) end end
  {%- elif kind == 'time' and leaf == 'timestamp' -%}
  case when cast({{ value }} as timestamp_ntz) between cast('0001-01-01 00:00:00' as timestamp_ntz) and cast('9999-12-31 23:59:59.999999' as timestamp_ntz) then cast({{ value }} as timestamp_ntz) end
  {%- elif kind == 'time' and leaf == 'timestamptz' -%}
  case when timestampadd(microsecond, unix_micros({{ value }}), cast('1970-01-01 00:00:00' as timestamp_ntz)) between cast('0001-01-01 00:00:00' as timestamp_ntz) and cast('9999-12-31 23:59:59.999999' as timestamp_ntz) then timestampadd(microsecond, unix_micros({{ value }}), cast('1970-01-01 00:00:00' as timestamp_ntz)) end
  {%- elif kind == 'time' and leaf == 'date' -%}
  cast(case when {{ value }} between cast('0001-01-01' as date) and cast('9999-12-31' as date) then {{ value }} end as timestamp_ntz)
  {%- elif kind == 'time' -%}
  cast(null as timestamp_ntz)
  {%- endif -%}
{%- endmacro %}
