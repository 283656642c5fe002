{{ config(
    materialized='$way', schema='derived', tags=['signals_publish'],
${stored_by}${replacing}    post_hook=[
        "{{ signals_mark_values(ref('${p}_daily_aggregation_manifest'), signals_due(ref('${p}_days_out_of_date'))) }}"
    ]
) }}
-- depends_on: {{ ref('${p}_entity_history') }}
$computed_days

-- States of lists, frequencies and distinct counts: per entity, day and chunk of load, each value with its events and its
-- last event.
with events as (

    select
        $selected
    from {{ ref('${p}_filtered_events') }}
    where $computed

)

$slots
