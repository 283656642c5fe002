-- Made by snowplow-batch-engine from view batch_ecommerce_attributes, version 1. Change the view, not this file.
{% macro signals_convert(value, leaf, kind) -%}
  {#- A stored value of class `leaf` as `kind`; null where it stands for none. -#}
  {%- if leaf == 'json' and kind != 'text' -%}
  {%- set text -%}cast({{ value }} as varchar){%- endset -%}
  {{ signals_convert(text, 'text', kind) }}
  {%- elif kind == 'text' and leaf in ('text', 'integer', 'boolean', 'nested') -%}
  cast({{ value }} as varchar)
  {%- elif kind == 'text' and leaf == 'decimal' -%}
  case when {{ value }} = floor({{ value }}) then cast(cast({{ value }} as number(38, 0)) as varchar) else case when abs(cast({{ value }} as double)) < 9223372036854775808e0 and cast({{ value }} as double) = floor(cast({{ value }} as double)) then cast(cast(cast({{ value }} as double) as number(19, 0)) as varchar) when abs(cast({{ value }} as double)) < to_double('inf') then cast(cast({{ value }} as double) as varchar) end end
  {%- elif kind == 'text' and leaf == 'float' -%}
  case when abs(cast({{ value }} as double)) < 9223372036854775808e0 and cast({{ value }} as double) = floor(cast({{ value }} as double)) then cast(cast(cast({{ value }} as double) as number(19, 0)) as varchar) when abs(cast({{ value }} as double)) < to_double('inf') then cast(cast({{ value }} as double) as varchar) end
  {%- elif kind == 'text' and leaf == 'timestamp' -%}
  to_char(case when cast({{ value }} as timestamp_ntz) between cast('0001-01-01 00:00:00' as timestamp_ntz) and cast('9999-12-31 23:59:59.999999' as timestamp_ntz) then cast({{ value }} as timestamp_ntz) end, 'YYYY-MM-DD HH24:MI:SS.FF6')
  {%- elif kind == 'text' and leaf == 'timestamptz' -%}
  to_char(case when cast(convert_timezone('UTC', {{ value }}) as timestamp_ntz) between cast('0001-01-01 00:00:00' as timestamp_ntz) and cast('9999-12-31 23:59:59.999999' as timestamp_ntz) then cast(convert_timezone('UTC', {{ value }}) as timestamp_ntz) end, 'YYYY-MM-DD HH24:MI:SS.FF6')
  {%- elif kind == 'text' and leaf == 'date' -%}
  to_char(case when {{ value }} between cast('0001-01-01' as date) and cast('9999-12-31' as date) then {{ value }} end, 'YYYY-MM-DD')
  {%- elif kind == 'text' and leaf == 'json' -%}
  case when is_varchar(to_variant({{ value }})) then cast({{ value }} as varchar) when is_object(to_variant({{ value }})) or is_array(to_variant({{ value }})) then replace(replace(regexp_replace(regexp_replace(replace(replace(to_json(to_variant({{ value }})), '\\\\', chr(1)), '\\"', chr(2)), '"[^"]*":null,?|("[^"]*")', '\\1'), '("[^"]*")|,([}])', '\\1\\2'), chr(1), '\\\\'), chr(2), '\\"') when regexp_like(cast({{ value }} as varchar), '-?[0-9]+[.eE].*') then case when abs(try_to_double(cast({{ value }} as varchar))) < 9223372036854775808e0 and try_to_double(cast({{ value }} as varchar)) = floor(try_to_double(cast({{ value }} as varchar))) then cast(cast(try_to_double(cast({{ value }} as varchar)) as number(19, 0)) as varchar) when abs(try_to_double(cast({{ value }} as varchar))) < to_double('inf') then cast(try_to_double(cast({{ value }} as varchar)) as varchar) end else cast({{ value }} as varchar) end
  {%- elif kind == 'text' -%}
  cast(null as varchar)
  {%- elif kind == 'number' and leaf == 'text' -%}
  case when regexp_like({{ value }}, '[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?') and abs(try_to_double({{ value }})) < to_double('inf') then try_to_double({{ value }}) end
  {%- elif kind == 'number' and leaf in ('integer', 'decimal') -%}
  cast({{ value }} as double)
  {%- elif kind == 'number' and leaf == 'float' -%}
  case when abs({{ value }}) < to_double('inf') then cast({{ value }} as double) end
  {%- elif kind == 'number' -%}
  cast(null as double)
  {%- elif kind == 'boolean' and leaf == 'text' -%}
  case when lower({{ value }}) = 'true' then true when lower({{ value }}) = 'false' then false end
  {%- elif kind == 'boolean' and leaf == 'boolean' -%}
  {{ value }}
  {%- elif kind == 'boolean' -%}
  cast(null as boolean)
  {%- elif kind == 'time' and leaf == 'text' -%}
  case when regexp_like({{ value }}, '[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?(Z|[+-]([01][0-9]|2[0-3])(:?[0-5][0-9])?)?)?') and dateadd('minute', (coalesce(try_to_number(regexp_substr({{ value }}, '([+-])([0-9]{2}):?([0-9]{2})?$', 12, 1, 'e', 2)), 0) * 60 + coalesce(try_to_number(regexp_substr({{ value }}, '([+-])([0-9]{2}):?([0-9]{2})?$', 12, 1, 'e', 3)), 0)) * case when regexp_substr({{ value }}, '([+-])([0-9]{2}):?([0-9]{2})?$', 12, 1, 'e', 1) = '-' then 1 else -1 end, try_to_timestamp_ntz(regexp_substr({{ value }}, '^.{10}([T ][0-9:]{5,8}([.][0-9]{1,6})?)?'), 'AUTO')) between cast('0001-01-01 00:00:00' as timestamp_ntz) and cast('9999-12-31 23:59:59.999999' as timestamp_ntz) then dateadd('minute', (coalesce(try_to_number(regexp_substr({{ value }}, '([+-])([0-9]{2}):?([0-9]{2})?$', 12, 1, 'e', 2)), 0) * 60 + coalesce(try_to_number(regexp_substr({{ value }}, '([+-])([0-9]{2}):?([0-9]{2})?$', 12, 1, 'e', 3)), 0)) * case when regexp_substr({{ value }}, '([+-])([0-9]{2}):?([0-9]{2})?$', 12, 1, 'e', 1) = '-' then 1 else -1 end, try_to_timestamp_ntz(regexp_substr({{ value }}, '^.{10}([T ][0-9:]{5,8}([.][0-9]{1,6})?)?'), 'AUTO')) end
  {%- elif kind == 'time' and leaf in ('integer', 'decimal', 'float', 'boolean', 'nested') -%}
  cast(null as timestamp_ntz)
  {%- elif kind == 'time' and leaf == 'timestamp' -%}
  case when cast({{ value }} as timestamp_ntz) between cast('0001-01-01 00:00:00' as timestamp_ntz) and cast('9999-12-31 23:59:59.999999' as timestamp_ntz) then cast({{ value }} as timestamp_ntz) end
  {%- elif kind == 'time' and leaf == 'timestamptz' -%}
  case when cast(convert_timezone('UTC', {{ value }}) as timestamp_ntz) between cast('0001-01-01 00:00:00' as timestamp_ntz) and cast('9999-12-31 23:59:59.999999' as timestamp_ntz) then cast(convert_timezone('UTC', {{ value }}) as timestamp_ntz) end
  {%- elif kind == 'time' and leaf == 'date' -%}
  cast(case when {{ value }} between cast('0001-01-01' as date) and cast('9999-12-31' as date) then {{ value }} end as timestamp_ntz)
  {%- elif kind == 'time' -%}
  cast(null as timestampntz)
  {%- endif -%}
{%- endmacro %}
