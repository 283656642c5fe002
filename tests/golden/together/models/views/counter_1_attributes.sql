-- Made by snowplow-batch-engine from the views of domain_userid_views_1. Change the views, not this file.
{%- do signals_begin_model() %}
{{ config(materialized='signals_view', schema='derived', tags=['signals_publish'], reads=[
    'domain_userid', 'counter_1__counter_last_7_days', 'counter_1__counter_of_lifetime',
    'counter_1__signals_first_event', 'counter_1__updated_at'
]) }}
-- depends_on: {{ ref('counter_1_removed_entities') }}

-- One row per domain_userid that has an event of the view, one column per attribute; updated_at: the run in which one of
-- these attributes last changed.
select
    domain_userid,
    counter_1__counter_last_7_days as counter_last_7_days,
    counter_1__counter_of_lifetime as counter_of_lifetime,
    counter_1__updated_at as updated_at
from {{ ref('domain_userid_views_1_attributes') }}
where counter_1__signals_first_event is not null
