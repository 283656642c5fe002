-- Made by snowplow-batch-engine from view batch_ecommerce_attributes, version 1. Change the view, not this file.
{% macro signals_convert(value, leaf, kind) -%}
  {#- A stored value of class `leaf` as `kind`; null where it stands for none. -#}
  {%- if leaf == 'json' and kind != 'text' -%}
  {%- set text -%}({{ value }}) #>> '{}'{%- endset -%}
  {{ signals_convert(text, 'text', kind) }}
  {%- elif kind == 'text' and leaf == 'text' -%}
  cast({{ value }} as text) collate "C"
  {%- elif kind == 'text' and leaf in ('integer', 'boolean') -%}
  (cast({{ value }} as text)) collate "C"
  {%- elif kind == 'text' and leaf == 'decimal' -%}
  (case when not {{ value }} in ('NaN', 'Infinity', '-Infinity') and {{ value }} = trunc({{ value }}) then cast(trunc({{ value }}) as text) else case when abs(case when cast({{ value }} as text) ~ '^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$' then case when jsonb_path_exists(to_jsonb(cast({{ value }} as text)), '$.double()', silent => true) then cast(cast({{ value }} as text) as double precision) when cast({{ value }} as text) ~ '[eE]-|[.]0{250}' then 0 end end) < 9223372036854775808e0 and case when cast({{ value }} as text) ~ '^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$' then case when jsonb_path_exists(to_jsonb(cast({{ value }} as text)), '$.double()', silent => true) then cast(cast({{ value }} as text) as double precision) when cast({{ value }} as text) ~ '[eE]-|[.]0{250}' then 0 end end = trunc(case when cast({{ value }} as text) ~ '^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$' then case when jsonb_path_exists(to_jsonb(cast({{ value }} as text)), '$.double()', silent => true) then cast(cast({{ value }} as text) as double precision) when cast({{ value }} as text) ~ '[eE]-|[.]0{250}' then 0 end end) then cast(cast(case when cast({{ value }} as text) ~ '^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$' then case when jsonb_path_exists(to_jsonb(cast({{ value }} as text)), '$.double()', silent => true) then cast(cast({{ value }} as text) as double precision) when cast({{ value }} as text) ~ '[eE]-|[.]0{250}' then 0 end end as bigint) as text) when not case when cast({{ value }} as text) ~ '^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$' then case when jsonb_path_exists(to_jsonb(cast({{ value }} as text)), '$.double()', silent => true) then cast(cast({{ value }} as text) as double precision) when cast({{ value }} as text) ~ '[eE]-|[.]0{250}' then 0 end end in ('NaN', 'Infinity', '-Infinity') then cast(case when cast({{ value }} as text) ~ '^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$' then case when jsonb_path_exists(to_jsonb(cast({{ value }} as text)), '$.double()', silent => true) then cast(cast({{ value }} as text) as double precision) when cast({{ value }} as text) ~ '[eE]-|[.]0{250}' then 0 end end as text) end end) collate "C"
  {%- elif kind == 'text' and leaf == 'float' -%}
  (case when abs(cast({{ value }} as double precision)) < 9223372036854775808e0 and cast({{ value }} as double precision) = trunc(cast({{ value }} as double precision)) then cast(cast(cast({{ value }} as double precision) as bigint) as text) when not cast({{ value }} as double precision) in ('NaN', 'Infinity', '-Infinity') then cast(cast({{ value }} as double precision) as text) end) collate "C"
  {%- elif kind == 'text' and leaf == 'timestamp' -%}
  (cast(case when {{ value }} between cast('0001-01-01 00:00:00' as timestamp) and cast('9999-12-31 23:59:59.999999' as timestamp) then {{ value }} end as text)) collate "C"
  {%- elif kind == 'text' and leaf == 'timestamptz' -%}
  (cast(case when {{ value }} at time zone 'UTC' between cast('0001-01-01 00:00:00' as timestamp) and cast('9999-12-31 23:59:59.999999' as timestamp) then {{ value }} at time zone 'UTC' end as text)) collate "C"
  {%- elif kind == 'text' and leaf == 'date' -%}
  (cast(case when {{ value }} between cast('0001-01-01' as date) and cast('9999-12-31' as date) then {{ value }} end as text)) collate "C"
  {%- elif kind == 'text' and leaf == 'nested' -%}
  ((case when jsonb_typeof(to_jsonb({{ value }})) in ('object', 'array') then regexp_replace(regexp_replace(cast(jsonb_strip_nulls(to_jsonb({{ value }})) as text), '("(?:[^"\\]|\\.)*")|[[:space:]]+', '\1', 'g'), '("(?:[^"\\]|\\.)*")|(\.[0-9]*[1-9])0+(?=[],}])|\.0+(?=[],}])', '\1\2', 'g') when jsonb_typeof(to_jsonb({{ value }})) = 'number' then cast(trim_scale(cast((to_jsonb({{ value }})) #>> '{}' as decimal)) as text) else (to_jsonb({{ value }})) #>> '{}' end) collate "C") collate "C"
  {%- elif kind == 'text' and leaf == 'json' -%}
  (case when jsonb_typeof({{ value }}) in ('object', 'array') then regexp_replace(regexp_replace(cast(jsonb_strip_nulls({{ value }}) as text), '("(?:[^"\\]|\\.)*")|[[:space:]]+', '\1', 'g'), '("(?:[^"\\]|\\.)*")|(\.[0-9]*[1-9])0+(?=[],}])|\.0+(?=[],}])', '\1\2', 'g') when jsonb_typeof({{ value }}) = 'number' then cast(trim_scale(cast(({{ value }}) #>> '{}' as decimal)) as text) else ({{ value }}) #>> '{}' end) collate "C"
  {%- elif kind == 'text' -%}
  cast(null as text)
  {%- elif kind == 'number' and leaf == 'text' -%}
  case when {{ value }} ~ '^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$' then case when jsonb_path_exists(to_jsonb({{ value }}), '$.double()', silent => true) then cast({{ value }} as double precision) when {{ value }} ~ '[eE]-|[.]0{250}' then 0 end end
  {%- elif kind == 'number' and leaf == 'integer' -%}
  cast({{ value }} as double precision)
  {%- elif kind == 'number' and leaf == 'decimal' -%}
  case when cast({{ value }} as text) ~ '^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$' then case when jsonb_path_exists(to_jsonb(cast({{ value }} as text)), '$.double()', silent => true) then cast(cast({{ value }} as text) as double precision) when cast({{ value }} as text) ~ '[eE]-|[.]0{250}' then 0 end end
  {%- elif kind == 'number' and leaf == 'float' -%}
  case when not {{ value }} in ('NaN', 'Infinity', '-Infinity') then cast({{ value }} as double precision) end
  {%- elif kind == 'number' -%}
  cast(null as double precision)
  {%- elif kind == 'boolean' and leaf == 'text' -%}
  case when lower({{ value }}) = 'true' then true when lower({{ value }}) = 'false' then false end
  {%- elif kind == 'boolean' and leaf == 'boolean' -%}
  {{ value }}
  {%- elif kind == 'boolean' -%}
  cast(null as boolean)
  {%- elif kind == 'time' and leaf == 'text' -%}
  case when {{ value }} ~ '^(?!0000)[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]+)?)?(Z|[+-]([01][0-9]|2[0-3])(:?[0-5][0-9])?)?)?$' and jsonb_path_exists(to_jsonb(left({{ value }}, 10)), '$.datetime("YYYY-MM-DD")', silent => true) then case when {{ value }} ~ '^.{11}.*([+-])([0-9]{2}):?([0-9]{2})?$' then (select case when moment between cast('0001-01-01 00:00:00' as timestamp) and cast('9999-12-31 23:59:59.999999' as timestamp) then moment end from (select cast(regexp_substr({{ value }}, '^.{10}(?:[T ][0-9:]{5,8}(?:[.][0-9]{1,6})?)?') as timestamp) - cast(regexp_replace({{ value }}, '^.{11}.*([+-])([0-9]{2}):?([0-9]{2})?$', '\1\2 hours \10\3 minutes') as interval) as moment) as computed) else cast(regexp_substr({{ value }}, '^.{10}(?:[T ][0-9:]{5,8}(?:[.][0-9]{1,6})?)?') as timestamp) end end
  {%- elif kind == 'time' and leaf == 'timestamp' -%}
  case when {{ value }} between cast('0001-01-01 00:00:00' as timestamp) and cast('9999-12-31 23:59:59.999999' as timestamp) then {{ value }} end
  {%- elif kind == 'time' and leaf == 'timestamptz' -%}
  case when {{ value }} at time zone 'UTC' between cast('0001-01-01 00:00:00' as timestamp) and cast('9999-12-31 23:59:59.999999' as timestamp) then {{ value }} at time zone 'UTC' end
  {%- elif kind == 'time' and leaf == 'date' -%}
  cast(case when {{ value }} between cast('0001-01-01' as date) and cast('9999-12-31' as date) then {{ value }} end as timestamp)
  {%- elif kind == 'time' -%}
  cast(null as timestamp)
  {%- endif -%}
{%- endmacro %}
