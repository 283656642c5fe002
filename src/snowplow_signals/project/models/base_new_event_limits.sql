{{ config(
    materialized='signals_table', schema='scratch', tags=['signals_take'],
    post_hook="{{ signals_tell_backlog(this) }}"
) }}
-- depends_on: {{ ref('${p}_definition') }}
{%- set columns = signals_events_columns() %}
{%- set run = signals_run() %}
{%- set ledger = signals_state('${p}_incremental_manifest') %}
{%- set chunks = signals_state('${p}_chunk_manifest') %}
{%- set planned = signals_state('${p}_base_new_event_limits') %}
{%- set since = signals_look_back_to(ledger) %}

with counted as (

    -- what the events table holds now, per hour of load
    select $hour as bucket, count(*) as bucket_rows
    from (
        select $load_tstamp as load_tstamp
        from {{ source('atomic', 'events') }}
        where {{ signals_loaded(columns, after=since) }}
    ) as loads
    group by 1

),

processed as (

    -- what was there when each hour was last taken
    {% if ledger is not none -%}
    select bucket, bucket_rows, quick_fingerprint, fingerprint
    from {{ ledger }}
    where bucket >= $since
    {%- else -%}
    select bucket, bucket_rows, cast(null as $hash_type) as quick_fingerprint, cast(null as $hash_type) as fingerprint
    from counted
    where false
    {%- endif %}

),

compared as (

    select
        counted.bucket,
        counted.bucket_rows,
        processed.bucket is not null as seen_before,
        processed.quick_fingerprint,
        processed.fingerprint,
        coalesce(processed.bucket_rows = counted.bucket_rows, false) as is_alike
    from counted
    left join processed on processed.bucket = counted.bucket
    where counted.bucket <= $planned_at

),

alike as (

    -- as many rows as before: are they the same ones?
    {{ signals_fingerprints(columns, since, 'compared where is_alike', {
        'quick_fingerprint': signals_quick_hash()
    }) }}

),

suspected as (

    select alike.bucket
    from alike
    inner join compared on compared.bucket = alike.bucket
    where alike.quick_fingerprint <> compared.quick_fingerprint

),

changed as (

    -- a quick hash may only differ because another version of the engine made it
    select made.bucket
    from (
        {{ signals_fingerprints(columns, since, 'suspected', {'fingerprint': signals_lasting_hash()}) }}
    ) as made
    inner join compared on compared.bucket = made.bucket
    where made.fingerprint <> compared.fingerprint

),

differing as (

    select bucket, bucket_rows, seen_before
    from compared
    where not is_alike or bucket in (select bucket from changed)

),

oldest_first as (

    select
        *,
        dense_rank() over (order by cast(bucket as date)) as load_day,
        sum(bucket_rows) over (order by bucket) - bucket_rows as rows_before
    from differing

),

taken as (

    select *, 1 as one
    from oldest_first
    where
        true
        {%- if run.limit_days >= 0 %}
        and load_day <= greatest({{ run.limit_days }}, 1)
        {%- endif %}
        {%- if run.limit_rows >= 0 %}
        and (rows_before < {{ run.limit_rows }} or rows_before = 0)
        {%- endif %}

),

fingerprints as (

    {{ signals_fingerprints(columns, since, 'taken', {
        'quick_fingerprint': signals_quick_hash(),
        'fingerprint': signals_lasting_hash()
    }) }}

)

select
    '{{ run.run_id }}' as run_id,
    $planned_at as planned_at,
    date '{{ run.as_of }}' as as_of,
    {{ signals_next_chunk([chunks, planned]) }} as chunk,
    (select count(*) from differing) - (select count(*) from taken) as buckets_left,
    (select count(distinct cast(bucket as date)) from differing where bucket not in (select bucket from taken))
        as days_left,
    (select coalesce(sum(bucket_rows), 0) from differing) as rows_in_sight,
    (select count(*) from counted where bucket > $planned_at) as buckets_ahead,
    taken.bucket,
    taken.bucket_rows,
    fingerprints.quick_fingerprint,
    fingerprints.fingerprint,
    taken.seen_before
from (select 1 as one) as this_run
left join taken on taken.one = this_run.one
left join fingerprints on fingerprints.bucket = taken.bucket
order by taken.bucket
