-- Made by snowplow-batch-engine from view batch_ecommerce_attributes, version 1. Change the view, not this file.
{%- do signals_begin_model() %}
{{ config(
    materialized='signals_append', schema='snowplow_manifest', tags=['signals_publish']
) }}
{%- set limits = ref('batch_ecommerce_attributes_1_base_new_event_limits') %}
{%- set states = signals_state('batch_ecommerce_attributes_1_daily_aggregates') %}
{%- set publication = signals_state('batch_ecommerce_attributes_1_publication_manifest') %}

-- Marks the entities whose row may change, before anything that it is computed from does.
select dirty.domain_userid, limits.as_of, cast({{ signals_shift() }} as integer) as days_shifted
from (

    select domain_userid
    from (
        select domain_userid
        from {{ ref('batch_ecommerce_attributes_1_entity_days_to_process') }}

        union distinct

        -- active on a day that enters or leaves a window because time went on
        {% if states is not none and publication is not none -%}
        select domain_userid
        from {{ states }}
        where {{ signals_moved_days(publication, limits, [7]) }}
        {%- else -%}
        select domain_userid
        from {{ ref('batch_ecommerce_attributes_1_entity_days_to_process') }}
        where false
        {%- endif %}
    ) as active

    union all

    -- nobody: the row by which it is seen for which day this was done
    select null as domain_userid

) as dirty
cross join (select distinct as_of from {{ limits }}) as limits
