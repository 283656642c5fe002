{{ config(
    materialized='signals_upsert', unique_key='published', schema='snowplow_manifest', tags=['signals_publish'],
    post_hook=[
        "{{ signals_forget_returned(ref('${p}_removed_entities'), ref('${p}_attributes'), '$identifier') }}",
        "{{ signals_clear(ref('${p}_entity_manifest')) }}"
    ]
) }}
-- depends_on: {{ ref('$after') }}

-- As of which day the attributes were published; with it, entities are no longer dirty.
select distinct
    'attributes' as published,
    run_id,
    planned_at,
    as_of,
    cast({{ signals_shift() }} as integer) as days_shifted
from {{ signals_planned(ref('${p}_base_new_event_limits')) }} as limits
