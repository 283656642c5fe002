-- Made by snowplow-batch-engine from view batch_ecommerce_attributes, version 1. Change the view, not this file.
{%- do signals_begin_model() %}
{{ config(
    materialized='signals_upsert', unique_key='statistic', schema='derived', tags=['signals_publish']
) }}
-- depends_on: {{ ref('batch_ecommerce_attributes_1_attributes') }}
{%- set limits = ref('batch_ecommerce_attributes_1_base_new_event_limits') %}
{%- set changes = ref('batch_ecommerce_attributes_1_attributes_this_run') %}
{%- set published = signals_described(ref('batch_ecommerce_attributes_1_attributes'), changes, [
    'domain_userid', 'products_added_to_cart_last_7_days', 'total_product_price_clv',
    'first_mkt_source', 'last_device_class', 'updated_at'
]) %}
{%- set as_of = signals_this_run(limits, 'as_of', 'day') %}
{%- set last_day = signals_day_before(as_of) %}
{%- set earlier = signals_state('batch_ecommerce_attributes_1_attribute_statistics') %}
{%- if not signals_setting('snowplow__attribute_statistics') %}
  {%- do signals_skip() %}
{%- endif %}
{%- set frequent, edges, bins = range(1, 10 + 1), range(1, 9 + 1), range(1, 11 + 1) %}

-- What a publication holds, one row per attribute: counts, quantiles, frequent values, and how many values are in bins
-- that were pinned, so that publications can be compared.
with given as (

    select *
    from (
        values
        (1, 'batch_ecommerce_attributes_1', 'products_added_to_cart_last_7_days', 'int64', 'count_snowplow_ecommerce_action_add_to_cart'),
        (2, 'batch_ecommerce_attributes_1', 'total_product_price_clv', 'double', 'sum_product_all_price_as_number'),
        (3, 'batch_ecommerce_attributes_1', 'first_mkt_source', 'string', 'first_mkt_source'),
        (4, 'batch_ecommerce_attributes_1', 'last_device_class', 'string', 'last_yauaa_context_device_class')
    ) as given_rows (attribute_number, view_name, attribute, type, slot)

),

earlier as (

    {% if earlier is not none -%}
    select *
    from {{ earlier }}
    -- a publication that is repeated is described once
    where not (run_id = '{{ signals_this_run(limits, 'run_id') }}' and chunk = {{ signals_this_run(limits, 'chunk') }})
    {%- else -%}
    select
        {%- for name, type in signals_statistics_columns() %}
        cast(null as {{ type }}) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from (select 1 as one) as nothing
    where one = 0
    {%- endif %}

),

-- one row; none when nothing has changed since a publication was described
publication as (

    select limits.run_id, limits.chunk, limits.planned_at, limits.as_of, stored.changed_at
    from (select distinct run_id, chunk, planned_at, as_of from {{ limits }}) as limits
    cross join (
        select coalesce(max(published.updated_at), timestamp '1970-01-01 00:00:00') as changed_at
        from {{ published }} as published
    ) as stored
    cross join (
        select count(*) as changes
        from {{ changes }}
        where change in ('new', 'changed', 'removed')
    ) as changed
    left join (select distinct as_of, changed_at from earlier) as described
        on described.as_of = limits.as_of and described.changed_at = stored.changed_at
    where changed.changes > 0 or described.as_of is null

),

-- how many entities have each value of an attribute: a number or a word
counted as (

    select attribute_number, number, word, count(*) as n, sum(is_default) as defaults
    from (
        select
            1 as attribute_number,
            cast(published.products_added_to_cart_last_7_days as double) as number,
            cast(null as text) as word,
            case when published.products_added_to_cart_last_7_days = cast(0 as bigint) then 1 else 0 end as is_default
        from {{ published }} as published
        union all
        select
            2 as attribute_number,
            cast(published.total_product_price_clv as double) as number,
            cast(null as text) as word,
            case when published.total_product_price_clv = cast(0 as double) then 1 else 0 end as is_default
        from {{ published }} as published
        union all
        select
            3 as attribute_number,
            cast(null as double) as number,
            substring(published.first_mkt_source, 1, 200) as word,
            case when published.first_mkt_source is null then 1 else 0 end as is_default
        from {{ published }} as published
        union all
        select
            4 as attribute_number,
            cast(null as double) as number,
            substring(published.last_device_class, 1, 200) as word,
            case when published.last_device_class is null then 1 else 0 end as is_default
        from {{ published }} as published
    ) as cells
    group by attribute_number, number, word

),

placed as (

    select
        counted.*,
        row_number() over (
            partition by attribute_number
            order by case when number is null and word is null then 1 else 0 end, n desc, number, word
        ) as place,
        sum(case when number is not null then n else 0 end)
            over (partition by attribute_number order by number) as reached,
        sum(case when number is not null then n else 0 end) over (partition by attribute_number) as numbers,
        -- others would overflow, or vanish
        sum(case when abs(number) between 1e-100 and 1e100 then number * n else 0 end)
            over (partition by attribute_number) as total
    from counted

),

edged as (

    select
        placed.*,
        case when numbers > 0 then total / numbers end as mean,
        {%- for edge in edges %}
        min(case when reached * 10 >= numbers * {{ edge }} then number end)
            over (partition by attribute_number) as edge_{{ edge }},
        {%- endfor %}
        case
    when abs(number) <= 9007199254740992e0 and number = floor(number) then cast(cast(number as bigint) as text)
    else cast(number as text)
end as digits
    from placed

),

-- what was described before: the publication that is pinned, and the last one
numbered as (

    select
        given.attribute_number,
        earlier.*,
        row_number() over (
            partition by given.attribute_number
            order by
                case when pinned_at is null then 1 else 0 end, pinned_at desc, planned_at desc, chunk desc
        ) as pinned_place,
        row_number() over (partition by given.attribute_number order by planned_at desc, chunk desc) as last_place
    from given
    inner join earlier
        on
            earlier.view_name = given.view_name
            and earlier.attribute = given.attribute
            and earlier.type = given.type

),

baseline as (

    select * from numbered where pinned_place = 1 and pinned_at is not null

),

last_one as (

    select * from numbered where last_place = 1

),

binned as (

    select
        edged.*,
        case
            when number is not null
                then
                    1
                    {%- for edge in edges %}
                    + case when edged.edge_{{ edge }} < number then 1 else 0 end
                    {%- endfor %}
            when word is not null and place <= 10 and n >= 5 then place
            when word is not null then 11
        end as own_bin,
        case
            when baseline.attribute_number is null then null
            when number is not null
                then
                    1
                    {%- for edge in edges %}
                    + case when baseline.edge_{{ edge }} < number then 1 else 0 end
                    {%- endfor %}
            {%- for place in frequent %}
            when word = baseline.value_{{ place }} then {{ place }}
            {%- endfor %}
            when word is not null then 11
        end as pinned_bin,
        -- what few entities have may tell who they are
        case when place <= 10 and n >= 5 then coalesce(word, digits) end as named
    from edged
    left join baseline on baseline.attribute_number = edged.attribute_number

),

summed as (

    select
        attribute_number,
        sum(n) as entities,
        sum(case when number is null and word is null then n else 0 end) as null_values,
        sum(defaults) as defaults,
        count(case when number is not null or word is not null then 1 end) as distinct_values,
        min(number) as smallest,
        {%- for share in [1, 5, 25, 50, 75, 95, 99] %}
        min(case when reached * 100 >= numbers * {{ share }} then number end) as p{{ '%02d' % share }},
        {%- endfor %}
        max(number) as largest,
        case when max(abs(number)) <= 1e100 then max(mean) end as mean,
        case
            when max(abs(number)) <= 1e100
                then
                    sqrt(
                        sum(
                            case
                                when abs(number - mean) between 1e-100 and 1e100
                                    then n * (number - mean) * (number - mean)
                                else 0
                            end
                        ) / max(numbers)
                    )
        end as deviation,
        {%- for place in frequent %}
        max(case when place = {{ place }} then named end) as value_{{ place }},
        max(case when place = {{ place }} and named is not null then n end) as count_{{ place }},
        {%- endfor %}
        {%- for edge in edges %}
        max(edge_{{ edge }}) as edge_{{ edge }},
        {%- endfor %}
        {%- for bin in bins %}
        sum(case when own_bin = {{ bin }} then n else 0 end) as bin_{{ bin }},
        sum(case when coalesce(pinned_bin, own_bin) = {{ bin }} then n else 0 end) as pinned_{{ bin }}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from binned
    group by attribute_number

),

-- what the last whole day brought
fed as (

    select
        count(distinct domain_userid) as active,
        coalesce(sum(events), 0) as events,
        count(distinct case when count_snowplow_ecommerce_action_add_to_cart > 0 then domain_userid end) as entities_1,
        cast(sum(count_snowplow_ecommerce_action_add_to_cart) as double) as amount_1,
        count(distinct case when sum_product_all_price_as_number is not null then domain_userid end) as entities_2,
        sum(sum_product_all_price_as_number) as amount_2,
        count(distinct case when first_mkt_source is not null then domain_userid end) as entities_3,
        cast(null as double) as amount_3,
        count(distinct case when last_yauaa_context_device_class is not null then domain_userid end) as entities_4,
        cast(null as double) as amount_4
    from {{ ref('batch_ecommerce_attributes_1_daily_aggregates') }}
    where day = date '{{ last_day }}'

),

-- with the share of the entities in each bin, and of those without a value: now, in the baseline, and in the last one
shared as (

    select
        given.view_name,
        given.attribute,
        given.type,
        publication.run_id,
        publication.chunk,
        publication.planned_at,
        publication.as_of,
        publication.changed_at,
        case when baseline.attribute_number is null then publication.planned_at end as pinned_at,
        coalesce(baseline.run_id, publication.run_id) as baseline_run_id,
        coalesce(baseline.chunk, publication.chunk) as baseline_chunk,
        {%- for name in signals_statistics_counts() %}
        coalesce(summed.{{ name }}, 0) as {{ name }},
        {%- endfor %}
        {%- for name in signals_measures() %}
        summed.{{ name }},
        {%- endfor %}
        date '{{ last_day }}' as day,
        fed.active as day_active,
        fed.events as day_events,
        case given.slot
            when 'count_snowplow_ecommerce_action_add_to_cart' then fed.entities_1
            when 'sum_product_all_price_as_number' then fed.entities_2
            when 'first_mkt_source' then fed.entities_3
            when 'last_yauaa_context_device_class' then fed.entities_4
            else null
        end as day_entities,
        case given.slot
            when 'count_snowplow_ecommerce_action_add_to_cart' then fed.amount_1
            when 'sum_product_all_price_as_number' then fed.amount_2
            when 'first_mkt_source' then fed.amount_3
            when 'last_yauaa_context_device_class' then fed.amount_4
            else null
        end as day_amount
        {%- for bin in bins | list + ['nulls'] %}
        {%- set own, pinned = ('null_values', 'null_values') if bin == 'nulls' else ('bin_' ~ bin, 'pinned_' ~ bin) %}
        {%- set now = 'coalesce(summed.' ~ pinned ~ ', 0)' %},
        {{ signals_share(now, 'coalesce(summed.entities, 0)', bins) }} as now_{{ bin }},
        {{ signals_share('baseline.' ~ own, 'baseline.entities', bins) }} as baseline_{{ bin }},
        case
            when last_one.run_id = baseline.run_id and last_one.chunk = baseline.chunk
                then {{ signals_share('last_one.' ~ own, 'last_one.entities', bins) }}
            when last_one.baseline_run_id = baseline.run_id and last_one.baseline_chunk = baseline.chunk
                then {{ signals_share('last_one.' ~ pinned, 'last_one.entities', bins) }}
        end as before_{{ bin }}
        {%- endfor %}
    from given
    cross join publication
    left join summed on summed.attribute_number = given.attribute_number
    left join baseline on baseline.attribute_number = given.attribute_number
    left join last_one on last_one.attribute_number = given.attribute_number
    cross join fed

)

select
    run_id || '|' || cast(chunk as varchar) || '|' || view_name || '|' || attribute as statistic,
    {%- for name, type in signals_statistics_columns() %}
    {%- if name not in ('statistic', 'psi_baseline', 'psi_before') %}
    cast({{ name }} as {{ type }}) as {{ name }},
    {%- endif %}
    {%- endfor %}
    {{ signals_psi('baseline', bins) }} as psi_baseline,
    {{ signals_psi('before', bins) }} as psi_before
from shared
