{{ config(
    materialized='signals_append', schema='snowplow_manifest', tags=['signals_publish']
) }}
{%- set limits = ref('${p}_base_new_event_limits') %}
{%- set states = signals_state('${p}_daily_aggregates') %}
{%- set publication = signals_state('${p}_publication_manifest') %}

-- Marks the entities whose row may change, before anything that it is computed from does.
select dirty.$identifier, limits.as_of, cast({{ signals_shift() }} as integer) as days_shifted
from (

    select $identifier
    from (
        select $identifier
        from {{ ref('${p}_entity_days_to_process') }}

        union distinct

        -- active on a day that enters or leaves a window because time went on
        {% if states is not none and publication is not none -%}
        select $identifier
        from {{ states }}
        where {{ signals_moved_days(publication, limits, [$windows]) }}
        {%- else -%}
        select $identifier
        from {{ ref('${p}_entity_days_to_process') }}
        where false
        {%- endif %}
    ) as active

    union all

    -- nobody: the row by which it is seen for which day this was done
    select null as $identifier

) as dirty
cross join (select distinct as_of from {{ limits }}) as limits
