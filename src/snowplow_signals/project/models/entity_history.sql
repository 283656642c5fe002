{{ config(
    materialized='signals_cache', schema='derived', tags=['signals_publish'],
${stored_by}) }}
-- depends_on: {{ ref('${p}_entity_manifest') }}
{%- set history = signals_history_plan(ref('${p}_base_new_event_limits'), $longest_reach) %}

-- A cache: an entity's states of all days up to `day`, merged. Of an entity that has a row without a day, the days are read.
with changing as (

    -- the states of their earlier days are about to change
    select distinct $identifier
    from {{ ref('${p}_entity_days_to_process') }}
    where day <= date '{{ history.changed_until }}'

){{ ',' if history.action }}

{% if history.action == 'make' -%}
days as (

    select
        $state_columns
    from {{ signals_state('${p}_daily_aggregates') }}
    where
        day <= date '{{ history.day }}' and {{ signals_after_history(history, '$identifier') }}$unless_made
    {%- if history.before %}

    union all

    select
        $state_columns
    from {{ this }}
    where ${is_state}{{ signals_in_history(history, '$identifier') }}
    {%- endif %}

),

$beside
$value_ctes
merged as (

    select
        $identifier,
        date '{{ history.day }}' as day,
        $merges
    from $rows
    group by $identifier
    $merged_values

)

select
    $columns
from merged
where $identifier not in (select $identifier from changing)

union all

{% elif history.action == 'mark' -%}
types as (

    select
        $columns
    from {{ this }}
    where false

)

select * from types

union all

{% endif -%}
select
    $changing_columns
from changing
order by 1
