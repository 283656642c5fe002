{{ config(
    materialized='$way', schema='derived', tags=['signals_publish'],
${stored_by}${replacing}    post_hook=[
        "{{ signals_clear_entity_days(ref('${p}_entity_day_manifest'), signals_due(ref('${p}_days_out_of_date'))) }}",
        "{{ signals_mark_aggregated(ref('${p}_daily_aggregation_manifest'), signals_due(ref('${p}_days_out_of_date'))) }}"
    ]
) }}
-- depends_on: {{ ref('${p}_$before') }}
$computed_days

-- Partial states per entity, day and chunk of load: each event is aggregated once.
with events as (

    select
        $selected
    from {{ ref('${p}_filtered_events') }}
    where $computed

)$comma

$beside
select
    $identifier,
    day,
    chunk,
    $states
from $rows
group by $identifier, day, chunk
order by day, $identifier
