{{ config(
    materialized='signals_upsert', unique_key='bucket', schema='snowplow_manifest', tags=['signals_take']
) }}
-- depends_on: {{ ref('${p}_filtered_events') }}

-- The ledger: per hour of load, what was there when it was taken.
select bucket, bucket_rows, cast(chunk as bigint) as chunk, run_id
from {{ signals_planned(ref('${p}_base_new_event_limits')) }} as limits
where bucket is not null
