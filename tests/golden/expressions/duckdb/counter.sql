-- base_events_this_run
-- Made by snowplow-batch-engine from view kept, version 1. Change the view, not this file.
{%- set limits = ref('kept_1_base_new_event_limits') %}
{%- set stored_events = signals_state('kept_1_filtered_events') %}

-- daily_aggregates
pre_hook="{{ signals_replace_states(ref('kept_1_days_out_of_date'), ref('kept_1_entity_days_to_process'), 'domain_userid') }}"
post_hook=[
    "{{ signals_clear_entity_days(ref('kept_1_entity_day_manifest'), signals_due(ref('kept_1_days_out_of_date'))) }}",
    "{{ signals_mark_aggregated(ref('kept_1_daily_aggregation_manifest'), signals_due(ref('kept_1_days_out_of_date'))) }}"
]
-- depends_on: {{ ref('kept_1_entity_history') }}
{%- set days = ref('kept_1_days_out_of_date') %}
{%- set entity_days = ref('kept_1_entity_days_to_process') %}
event_vendor = 'com.acme' and event_name = 'transaction' as is_transaction
from {{ ref('kept_1_filtered_events') }}
count(*) as count_events
count(*) filter(where is_transaction) as count_transaction

-- attributes_this_run
{%- set days_manifest = ref('kept_1_daily_aggregation_manifest') %}
{%- set found = signals_published(signals_state('kept_1_attributes'), 'domain_userid', [
'domain_userid', 'counter_last_7_days', 'counter_of_lifetime', 'updated_at'
{%- set removed = signals_state('kept_1_removed_entities') %}
{%- set publication = signals_state('kept_1_publication_manifest') %}
select distinct domain_userid from {{ ref('kept_1_entity_manifest') }}
from {{ ref('kept_1_daily_aggregates') }}
sum(count_events) filter(where in_last_7_days) as count_events_last_7_days
sum(count_transaction) as count_transaction
case
    when nullif(merged.count_events_last_7_days, 0) is null then cast(0 as bigint)
    else try_cast(merged.count_events_last_7_days as bigint)
end as counter_last_7_days
case
    when nullif(merged.count_transaction, 0) is null then cast(0 as int)
    else try_cast(merged.count_transaction as int)
end as counter_of_lifetime
when
    published.signals_copies > 1
    or published.counter_last_7_days is distinct from computed.counter_last_7_days
    or published.counter_of_lifetime is distinct from computed.counter_of_lifetime
    then 'changed'
{{ signals_seen(ref('kept_1_entity_manifest'), days_manifest, limits) }} as signals_seen
