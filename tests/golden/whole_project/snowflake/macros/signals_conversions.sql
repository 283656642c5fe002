-- Made by snowplow-batch-engine from view batch_ecommerce_attributes, version 1. Change the view, not this file.
{% macro signals_convert(value, leaf, kind) -%}
  {#- A stored value of class `leaf` as `kind`; null where it stands for none. -#}
  {%- if leaf == 'json' and kind != 'text' -%}
  {%- set text -%}cast(cast({{ value }} as varchar) as varchar){%- endset -%}
  {{ signals_convert(text, 'text', kind) }}
  {%- elif kind == 'text' and leaf in ('text', 'integer', 'boolean', 'nested') -%}
  cast({{ value }} as varchar)
  {%- elif kind == 'text' and leaf == 'float' -%}
  case when abs({{ value }}) < to_double('inf') then cast({{ value }} as varchar) end
  {%- elif kind == 'text' and leaf == 'timestamp' -%}
  to_char(cast({{ value }} as timestamp_ntz), 'YYYY-MM-DD HH24:MI:SS.FF6')
  {%- elif kind == 'text' and leaf == 'timestamptz' -%}
  to_char(cast(convert_timezone('UTC', {{ value }}) as timestamp_ntz), 'YYYY-MM-DD HH24:MI:SS.FF6')
  {%- elif kind == 'text' and leaf == 'date' -%}
  to_char({{ value }}, 'YYYY-MM-DD')
  {%- elif kind == 'text' and leaf == 'json' -%}
  cast(cast({{ value }} as varchar) as varchar)
  {%- elif kind == 'text' -%}
  cast(null as varchar)
  {%- elif kind == 'number' and leaf == 'text' -%}
  case when regexp_like({{ value }}, '[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?') and abs(try_to_double({{ value }})) < to_double('inf') then try_to_double({{ value }}) end
  {%- elif kind == 'number' and leaf == 'integer' -%}
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
  {%- elif kind == 'time' and leaf in ('integer', 'float', 'boolean', 'nested') -%}
  cast(null as timestamp_ntz)
  {%- elif kind == 'time' and leaf in ('timestamp', 'date') -%}
  case when cast({{ value }} as timestamp_ntz) between cast('0001-01-01 00:00:00' as timestamp_ntz) and cast('9999-12-31 23:59:59.999999' as timestamp_ntz) then cast({{ value }} as timestamp_ntz) end
  {%- elif kind == 'time' and leaf == 'timestamptz' -%}
  case when cast(convert_timezone('UTC', {{ value }}) as timestamp_ntz) between cast('0001-01-01 00:00:00' as timestamp_ntz) and cast('9999-12-31 23:59:59.999999' as timestamp_ntz) then cast(convert_timezone('UTC', {{ value }}) as timestamp_ntz) end
  {%- elif kind == 'time' -%}
  cast(null as timestampntz)
  {%- endif -%}
{%- endmacro %}
