{{ config(materialized='signals_table', schema='scratch', tags=['signals_publish']) }}
{%- set limits = ref('${p}_base_new_event_limits') %}
{%- set as_of = signals_this_run(limits, 'as_of', 'day') %}
{%- do signals_keep_history([
    $history_columns
]) %}
{%- set history = signals_history_for(limits, $longest_reach) %}
{%- set days_manifest = ref('${p}_daily_aggregation_manifest') %}
{%- set found = signals_published(signals_state('${p}_attributes'), '$identifier', [
    $output_names
]) %}
{%- set published, is_comparable = found.relation, found.is_comparable %}
{%- set removed = signals_state('${p}_removed_entities') %}
{%- set publication = signals_state('${p}_publication_manifest') %}
{%- set is_partial = is_comparable and publication is not none %}

with stale as (

    -- nobody else's row can have changed since the last publication
    select distinct $identifier from {{ ref('${p}_entity_manifest') }}

),

days as (

    select
        $states
    from {{ ref('${p}_daily_aggregates') }}
    where
        day <= date '{{ as_of }}' and {{ signals_after_history(history, '$identifier') }}
        {%- if is_partial %}
        and $identifier in (select $identifier from stale)
        {%- endif %}
    {%- if history.before %}

    union all

    -- the days before them, merged
    select
        $states
    from {{ history.relation }}
    where
        ${is_state}{{ signals_in_history(history, '$identifier') }}
        {%- if is_partial %}
        and $identifier in (select $identifier from stale)
        {%- endif %}
    {%- endif %}

),

$beside
merged as (

    select
        $merges
    from $rows
    group by $identifier

),

$value_ctes
$base as (

    select
        merged.${identifier},
        $finals
    from merged
    $joins

),

$derived
published as (

    {% if published is not none -%}
    select *
    from (
        select
            *,
            count(*) over (partition by $identifier) as signals_copies,
            row_number() over (partition by $identifier order by updated_at desc) as signals_copy
        from {{ published }}
        {%- if is_partial %}
        where $identifier in (select $identifier from stale)
        {%- endif %}
    ) as numbered
    where signals_copy = 1
    {%- else -%}
    select *, cast(null as $timestamp) as updated_at, 1 as signals_copies from computed where false
    {%- endif %}

),

-- later than any change before it, whatever the clock says
now_publishing as (

    select
        greatest(
            $planned_at,
            $long_ago
            {%- if published is not none %},
            (
                select $after_change
                from {{ published }}
            )
            {%- endif %}
            {%- if removed is not none %},
            (
                select $after_removal
                from {{ removed }}
            )
            {%- endif %}
            $recorded
        ) as updated_at

),

compared as (

    select
        coalesce(computed.${identifier}, published.${identifier}) as $identifier,
        $computed_columns
        published.updated_at as signals_updated_at,
        now_publishing.updated_at as signals_now,
        case
            when published.${identifier} is null then 'new'
            when computed.${identifier} is null then 'removed'
            {%- if is_comparable %}
            when
                published.signals_copies > 1
                $differs
                then 'changed'
            else 'same'
            {%- else %}
            else 'changed'
            {%- endif %}
        end as change
    from computed
    full outer join published on published.${identifier} = computed.${identifier}
    $returned
    cross join now_publishing

)

select
    $identifier,
    $names
    case when change = 'same' then signals_updated_at else signals_now end as updated_at,
    change,
    cast(null as $text_type) as signals_seen
from compared
{%- if is_partial %}
where change <> 'same'
{%- endif %}

union all

-- nobody: the row by which it is seen whether this is a comparison of all rows, and what has changed since
select
    null as $identifier,
    $no_values
    updated_at,
    '{{ 'partial' if is_partial else 'whole' }}' as change,
    {{ signals_seen(ref('${p}_entity_manifest'), days_manifest, limits) }} as signals_seen
from now_publishing
order by 1
