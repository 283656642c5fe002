-- Made by snowplow-batch-engine from view batch_ecommerce_attributes, version 1. Change the view, not this file.
{#- The tables that are kept from run to run, made anew when the definition has changed: from what they hold, and from the
    events. Each query can be repeated: what stays is taken as it is, what is new is computed. -#}

{% macro signals_read_by() -%}
  {#- Which properties of filtered_events are read from a column or field of the events table. -#}
  {{ return({
      'column unstruct_event_com_snowplowanalytics_snowplow_ecommerce_snowplow_ecommerce_action_1.type': ['snowplow_ecommerce_action_type'],
      'column contexts_com_snowplowanalytics_snowplow_ecommerce_product_1.price': ['product_all_price_as_number_sum'],
      'column mkt_source': ['mkt_source'],
      'column contexts_nl_basjes_yauaa_context_1.deviceClass': ['yauaa_context_device_class']
  }) }}
{%- endmacro %}

{% macro signals_slots() -%}
  {#- The states that are kept per entity and day: the properties that they are computed from, and whether they are rows of
      daily_values. -#}
  {{ return({
      'count_snowplow_ecommerce_action_add_to_cart': {'properties': ['snowplow_ecommerce_action_type'], 'is_values': false},
      'sum_product_all_price_as_number': {'properties': ['snowplow_ecommerce_action_type', 'product_all_price_as_number_sum'], 'is_values': false},
      'first_mkt_source': {'properties': ['mkt_source'], 'is_values': false},
      'last_yauaa_context_device_class': {'properties': ['yauaa_context_device_class'], 'is_values': false}
  }) }}
{%- endmacro %}

{% macro signals_patterns() -%}
  {#- The parts of the definition that say which events are in scope, as conditions. -#}
  {{ return({
      'events with vendor com.snowplowanalytics.snowplow.ecommerce, name snowplow_ecommerce_action': 'event_vendor = \x27com.snowplowanalytics.snowplow.ecommerce\x27 and event_name = \x27snowplow_ecommerce_action\x27',
      'events with vendor com.snowplowanalytics.snowplow, name page_view': 'event_vendor = \x27com.snowplowanalytics.snowplow\x27 and event_name = \x27page_view\x27'
  }) }}
{%- endmacro %}

{% macro signals_kept_properties() -%}
  {{ return([
      'event_vendor',
      'event_name',
      'snowplow_ecommerce_action_type',
      'product_all_price_as_number_sum',
      'mkt_source',
      'yauaa_context_device_class'
  ]) }}
{%- endmacro %}

{% macro signals_copies(columns, names) -%}
  {#- The rows of the events table that are in scope, with these properties: those that rank copies, and no others of many. -#}
  select
      event_id,
      load_tstamp,
      collector_tstamp,
      least(claimed_tstamp, load_tstamp) as event_tstamp,
      domain_userid
      {%- for name in names %},
      {{ name }}
      {%- endfor %}
  from (
      select
          {{ signals_value(columns, 'text', 'event_id', 'event_id') }} as event_id,
          {{ signals_value(columns, 'time', 'load_tstamp', 'load_tstamp') }} as load_tstamp,
          {{ signals_value(columns, 'time', 'collector_tstamp', 'collector_tstamp') }} as collector_tstamp,
          coalesce(
              {{ signals_value(columns, 'time', 'derived_tstamp', 'derived_tstamp') }},
              {{ signals_value(columns, 'time', 'collector_tstamp', 'collector_tstamp') }}
          ) as claimed_tstamp,
          {{ signals_value(columns, 'text', 'domain_userid', 'domain_userid') }} as domain_userid,
          {{ signals_value(columns, 'text', 'app_id', 'app_id') }} as app_id,
          {{ signals_value(columns, 'text', 'event_vendor', 'event_vendor') }} as event_vendor,
          {{ signals_value(columns, 'text', 'event_name', 'event_name') }} as event_name
          {%- if 'snowplow_ecommerce_action_type' in names %},
          {{ signals_value(
              columns, 'text',
              column='unstruct_event_com_snowplowanalytics_snowplow_ecommerce_snowplow_ecommerce_action_1',
              typed='unstruct_event_com_snowplowanalytics_snowplow_ecommerce_snowplow_ecommerce_action_1[\x27type\x27]',
              path=['type'],
              json='unstruct_event_com_snowplowanalytics_snowplow_ecommerce_snowplow_ecommerce_action_1[\x27type\x27]'
          ) }} as snowplow_ecommerce_action_type
          {%- endif %}
          {%- if 'product_all_price_as_number_sum' in names %},
          {{ signals_of_elements(
              columns, 'number', 'number', 'sum',
              column='contexts_com_snowplowanalytics_snowplow_ecommerce_product_1',
              typed='one[\x27price\x27]',
              path=['price'],
              json='one[\x27price\x27]'
          ) }} as product_all_price_as_number_sum
          {%- endif %}
          {%- if 'mkt_source' in names %},
          {{ signals_value(columns, 'text', 'mkt_source', 'mkt_source') }} as mkt_source
          {%- endif %}
          {%- if 'yauaa_context_device_class' in names %},
          {{ signals_value(
              columns, 'text',
              column='contexts_nl_basjes_yauaa_context_1',
              typed='contexts_nl_basjes_yauaa_context_1[0][\x27deviceClass\x27]',
              path=[0, 'deviceClass'],
              json='contexts_nl_basjes_yauaa_context_1[0][\x27deviceClass\x27]'
          ) }} as yauaa_context_device_class
          {%- endif %}
      from {{ source('atomic', 'events') }}
      where {{ signals_loaded(columns, after=signals_start_date() ~ ' 00:00:00') }}
  ) as loaded
  where
      (event_id <> '' and claimed_tstamp is not null)
      and ({{ signals_app_condition() }})
      and (domain_userid <> '')
      and (
          (
              event_vendor = 'com.snowplowanalytics.snowplow.ecommerce'
              and event_name = 'snowplow_ecommerce_action'
          )
          or (event_vendor = 'com.snowplowanalytics.snowplow' and event_name = 'page_view')
      )
{%- endmacro %}

{% macro signals_is_copy(one, other) -%}
  {#- Whether a row is the very one that is stored. -#}
  {{ one }}.event_id = {{ other }}.event_id
      and {{ one }}.load_tstamp = {{ other }}.load_tstamp
      and {{ one }}.collector_tstamp is not distinct from {{ other }}.collector_tstamp
      and {{ one }}.event_tstamp = {{ other }}.event_tstamp
      and {{ one }}.domain_userid = {{ other }}.domain_userid
{%- endmacro %}

{% macro signals_has_values(stored, columns, names) -%}
  {#- A query with a row, if a stored event has a value of one of these properties. -#}
  select 1 as one
  from (
      select *
      from (
      {{ signals_copies(columns, names) }}
      ) as copies
      where {{ names | join(' is not null or ') }} is not null
  ) as copies
  inner join {{ stored }} as stored on {{ signals_is_copy('copies', 'stored') }}
  limit 1
{%- endmacro %}

{% macro signals_events_anew(stored, columns, filled) -%}
  {#- filtered_events, with the properties `filled` from the copies that are stored, without events out of scope. -#}
  {%- set ranks = 'event_id, load_tstamp, collector_tstamp, event_tstamp, domain_userid' -%}
  {%- set of_copy = ([ranks] + filled) | join(', ') -%}
  {%- set kept = [] -%}
  {%- for name in signals_kept_properties() if name not in filled -%}{%- do kept.append(name) -%}{%- endfor -%}
  {%- if filled -%}
with copies as (

    {{ signals_copies(columns, filled) }}

),

repeated as (

    select event_id
    from copies
    group by event_id
    having count(*) > 1

),

chosen as (

    -- most events came once
    select copies.{{ of_copy | replace(', ', ', copies.') }}
    from copies
    left join repeated on repeated.event_id = copies.event_id
    where repeated.event_id is null

    union all

    -- of copies that nothing ranks one whose other properties are those that are stored
    select {{ of_copy }}
    from (
        select
            again.*,
            row_number() over (
                partition by {{ 'again.' ~ ranks | replace(', ', ', again.') }}
                order by
                    case
                        when true
                        {%- for name in kept %}
                            and again.{{ name }} is not distinct from stored.{{ name }}
                        {%- endfor %}
                            then 0
                        else 1
                    end
                    {%- for name in filled %},
                    again.{{ name }}
                    {%- endfor %}
            ) as copy_number
        from (
            {{ signals_copies(columns, signals_kept_properties()) }}
        ) as again
        inner join repeated on repeated.event_id = again.event_id
        inner join {{ stored }} as stored on {{ signals_is_copy('again', 'stored') }}
    ) as numbered
    where copy_number = 1

)
  {%- endif %}

select *
from (
    select
        stored.event_id,
        stored.event_key,
        stored.domain_userid,
        stored.day,
        stored.event_tstamp,
        stored.load_tstamp,
        stored.collector_tstamp,
        {%- for name in signals_kept_properties() %}
        {{ 'chosen' if name in filled else 'stored' }}.{{ name }},
        {%- endfor %}
        stored.chunk
    from {{ stored }} as stored
    {%- if filled %}
    left join chosen on {{ signals_is_copy('chosen', 'stored') }}
    {%- endif %}
) as events
where
    (
        event_vendor = 'com.snowplowanalytics.snowplow.ecommerce'
        and event_name = 'snowplow_ecommerce_action'
    )
    or (event_vendor = 'com.snowplowanalytics.snowplow' and event_name = 'page_view')
order by day, domain_userid
{%- endmacro %}

{% macro signals_aggregates_anew(events, stored, slots) -%}
  {#- daily_aggregates, with these slots computed from the events, and the others as they are stored; `stored` is none when
      all are computed. -#}
with events as (

    select
        *,
        (
            (
                event_vendor = 'com.snowplowanalytics.snowplow.ecommerce'
                and event_name = 'snowplow_ecommerce_action'
            )
            and snowplow_ecommerce_action_type = 'add_to_cart'
        ) as is_snowplow_ecommerce_action_add_to_cart,
        (
            (
                event_vendor = 'com.snowplowanalytics.snowplow.ecommerce'
                and event_name = 'snowplow_ecommerce_action'
            )
            and snowplow_ecommerce_action_type = 'transaction'
        ) as is_snowplow_ecommerce_action_transaction,
        event_vendor = 'com.snowplowanalytics.snowplow' and event_name = 'page_view' as is_page_view
    from {{ events }}

),

added as (

    select
        domain_userid,
        day,
        chunk,
        {%- if 'count_snowplow_ecommerce_action_add_to_cart' in slots %}
        count_if(is_snowplow_ecommerce_action_add_to_cart) as count_snowplow_ecommerce_action_add_to_cart,
        {%- endif %}
        {%- if 'sum_product_all_price_as_number' in slots %}
        sum(
            case
                when is_snowplow_ecommerce_action_transaction
                    then case
                        when abs(product_all_price_as_number_sum) >= 1e290 then to_double('inf')
                        else product_all_price_as_number_sum
                    end
            end
        ) as sum_product_all_price_as_number,
        {%- endif %}
        {%- if 'first_mkt_source' in slots %}
        min_by(
            mkt_source,
            case
                when is_page_view and mkt_source is not null
                    then to_char(event_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || event_id
            end
        ) as first_mkt_source,
        min(case when is_page_view and mkt_source is not null then event_tstamp end) as first_mkt_source_tstamp,
        min_by(
            event_id,
            case
                when is_page_view and mkt_source is not null
                    then to_char(event_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || event_id
            end
        ) as first_mkt_source_event_id,
        {%- endif %}
        {%- if 'last_yauaa_context_device_class' in slots %}
        max_by(
            yauaa_context_device_class,
            case
                when is_page_view and yauaa_context_device_class is not null
                    then to_char(event_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || event_id
            end
        ) as last_yauaa_context_device_class,
        max(case when is_page_view and yauaa_context_device_class is not null then event_tstamp end) as last_yauaa_context_device_class_tstamp,
        max_by(
            event_id,
            case
                when is_page_view and yauaa_context_device_class is not null
                    then to_char(event_tstamp, 'YYYY-MM-DD HH24:MI:SS.FF9') || event_id
            end
        ) as last_yauaa_context_device_class_event_id,
        {%- endif %}
        count(*) as events
    from events
    group by domain_userid, day, chunk

)

select
    {%- set kept = 'added' if stored is none else 'stored' %}
    {{ kept }}.domain_userid,
    {{ kept }}.day,
    {{ kept }}.chunk,
    {{ kept }}.events
    , {{ 'added' if 'count_snowplow_ecommerce_action_add_to_cart' in slots else 'stored' }}.count_snowplow_ecommerce_action_add_to_cart
    , {{ 'added' if 'sum_product_all_price_as_number' in slots else 'stored' }}.sum_product_all_price_as_number
    , {{ 'added' if 'first_mkt_source' in slots else 'stored' }}.first_mkt_source
    , {{ 'added' if 'first_mkt_source' in slots else 'stored' }}.first_mkt_source_tstamp
    , {{ 'added' if 'first_mkt_source' in slots else 'stored' }}.first_mkt_source_event_id
    , {{ 'added' if 'last_yauaa_context_device_class' in slots else 'stored' }}.last_yauaa_context_device_class
    , {{ 'added' if 'last_yauaa_context_device_class' in slots else 'stored' }}.last_yauaa_context_device_class_tstamp
    , {{ 'added' if 'last_yauaa_context_device_class' in slots else 'stored' }}.last_yauaa_context_device_class_event_id
from {% if stored is none %}added{% else %}{{ stored }} as stored
left join added on added.domain_userid = stored.domain_userid and added.day = stored.day and added.chunk = stored.chunk
{%- endif %}
order by 2, 1
{%- endmacro %}

{% macro signals_values_anew(events, stored, slots, kept) -%}
  {#- daily_values, with the rows of these slots from the events, and those of the slots `kept` as they are stored. -#}
with events as (

    select
        *
    from {{ events }}

)

select domain_userid, day, chunk, slot, value, n, last_tstamp, last_event_id
from (
    {%- if stored is not none and kept %}
    select domain_userid, day, chunk, slot, value, n, last_tstamp, last_event_id
    from {{ stored }}
    where slot in ('{{ kept | join("', '") }}')
    {{ 'union all' if slots }}
    {%- endif %}
    select null where false
) as given
order by 2, 1
{%- endmacro %}

{% macro signals_older_hours(columns, ledger, before) -%}
  {#- Hours of load that the ledger does not have, as those of which nothing was taken: from the start date to a former one. -#}
  insert into {{ ledger }} (bucket, bucket_rows, chunk, run_id)
  select bucket, cast(-1 as bigint), cast(null as bigint), cast(null as varchar)
  from (
      select distinct date_trunc('hour', load_tstamp) as bucket
      from (
          select {{ signals_value(columns, 'time', 'load_tstamp', 'load_tstamp') }} as load_tstamp
          from {{ source('atomic', 'events') }}
          where {{ signals_loaded(columns, signals_start_date() ~ ' 00:00:00', before ~ ' 00:00:00') }}
      ) as loads
  ) as hours
  where bucket not in (select bucket from {{ ledger }})
{%- endmacro %}

{% macro signals_gone_accounted(chunks, chunk, gone) -%}
  {#- A line of the accounting for stored events that gave way to nothing. -#}
  {%- set run = signals_run() -%}
  insert into {{ chunks }} (
      chunk, run_id, planned_at, as_of,
      rows_read, rows_used, rows_duplicate, rows_seen_before, rows_incomplete, rows_before_start, rows_other_app, rows_no_entity, rows_irrelevant, winners_replaced,
      is_stored
  )
  select
      {{ chunk }},
      '{{ run.run_id }}',
      cast('{{ run.planned_at }}' as timestamp_ntz),
      date '{{ run.as_of }}',
      0, 0, 0, 0, 0, 0, 0, 0, 0, {{ gone }},
      true
  from (select 1 as one) as gone
  where {{ chunk }} not in (select chunk from {{ chunks }})
{%- endmacro %}

{% macro signals_columns_to_derive_from() -%}
  {{ return([
      'domain_userid',
      'products_added_to_cart_last_7_days',
      'total_product_price_clv',
      'first_mkt_source',
      'last_device_class',
      'updated_at'
  ]) }}
{%- endmacro %}

{% macro signals_before_deriving(published) -%}
  {#- What has to be done before the published attributes are written. -#}
{%- endmacro %}

{% macro signals_attributes_anew(published, derived) -%}
  {#- The published attributes, with derived ones from the others; `derived` are those that are new, changed or gone. -#}
  {%- set removed, history = signals_table_of('removed_entities'), signals_table_of('attributes_history') %}
with now_publishing as (

    -- later than any change before it, whatever the clock says
    select
        greatest(
            cast('{{ signals_run().planned_at }}' as timestamp_ntz),
            cast('1970-01-01 00:00:00' as timestamp_ntz),
            (
                select dateadd('microsecond', 1, coalesce(max(updated_at), cast('1970-01-01 00:00:00' as timestamp_ntz)))
                from {{ published }}
            )
            {%- if removed is not none %},
            (
                select dateadd('microsecond', 1, coalesce(max(removed_at), cast('1970-01-01 00:00:00' as timestamp_ntz)))
                from {{ removed }}
            )
            {%- endif %}
            {%- if history is not none %},
            (
                select dateadd('microsecond', 1, coalesce(max(valid_from), cast('1970-01-01 00:00:00' as timestamp_ntz)))
                from {{ history }}
            )
            {%- endif %}
        ) as updated_at

),

computed as (

    select
        published.domain_userid,
        published.products_added_to_cart_last_7_days,
        published.total_product_price_clv,
        published.first_mkt_source,
        published.last_device_class,
        now_publishing.updated_at
    from {{ published }} as published
    cross join now_publishing

)

select
    domain_userid,
    products_added_to_cart_last_7_days,
    total_product_price_clv,
    first_mkt_source,
    last_device_class,
    updated_at
from computed
{%- endmacro %}
