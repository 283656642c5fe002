-- daily_aggregates
-- depends_on: {{ ref('kept_1_daily_values') }}

-- daily_values
post_hook=[
    "{{ signals_mark_values(ref('kept_1_daily_aggregation_manifest'), signals_due(ref('kept_1_days_out_of_date'))) }}"
]
-- States of lists, frequencies and distinct counts: per entity, day and chunk of load, each value with its events and its
-- last event.
-- for unique_list_last_7_days
count(*) as n
max(event_tstamp) as last_tstamp
arg_max(event_id, (event_tstamp, event_id)) as last_event_id
where page_urlpath is not null
group by domain_userid, day, chunk, page_urlpath
-- for unique_list_of_lifetime
where is_transaction and transaction_coupon is not null
group by domain_userid, day, chunk, transaction_coupon

-- attributes_this_run
'cast(null as varchar) as slot'
'cast(null as varchar) as value'
'cast(null as bigint) as n'
'cast(null as timestamp) as last_tstamp'
'cast(null as varchar) as last_event_id'
'domain_userid', 'unique_list_last_7_days', 'unique_list_of_lifetime', 'updated_at'
slot is null and {{ signals_in_history(history, 'domain_userid') }}
values_page_urlpath_last_7_days as (
sum(n) as n
max(last_tstamp) as last_tstamp
arg_max(last_event_id, (last_tstamp, last_event_id)) as last_event_id
from {{ ref('kept_1_daily_values') }}
slot = 'values_page_urlpath'
and day <= date '{{ as_of }}'
and {{ signals_in_window(limits, 7) }}
group by domain_userid, value
unique_list_last_7_days_collected as (
coalesce(
    list(fitting order by last_tstamp asc, last_event_id asc) filter(
        where fitting is not null and place <= 100
    ),
    cast([] as text[])
) as collected
row_number() over (
    partition by domain_userid, fitting is null
    order by last_tstamp desc, last_event_id desc
) as place
from values_page_urlpath_last_7_days
) as fitted
) as ranked
values_transaction_coupon as (
select domain_userid, value, n, last_tstamp, last_event_id
slot = 'values_transaction_coupon'
and day <= date '{{ as_of }}' and {{ signals_after_history(history, 'domain_userid') }}
slot = 'values_transaction_coupon' and {{ signals_in_history(history, 'domain_userid') }}
) as days
unique_list_of_lifetime_collected as (
coalesce(
    list(fitting order by last_tstamp asc, last_event_id asc) filter(
        where fitting is not null and place <= 100
    ),
    cast([] as bigint[])
) as collected
case
    when regexp_full_match(value, '[+-]?\d+') then try_cast(value as bigint)
    when (
        regexp_full_match(value, '[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?')
        and try_cast(value as double) = trunc(try_cast(value as double))
    )
        then try_cast(try_cast(value as double) as bigint)
end as fitting
from values_transaction_coupon
coalesce(unique_list_last_7_days_collected.collected, cast([] as text[])) as unique_list_last_7_days
coalesce(unique_list_of_lifetime_collected.collected, cast([] as bigint[])) as unique_list_of_lifetime
left join unique_list_last_7_days_collected on unique_list_last_7_days_collected.domain_userid = merged.domain_userid
left join unique_list_of_lifetime_collected on unique_list_of_lifetime_collected.domain_userid = merged.domain_userid
when
    published.signals_copies > 1
    or published.unique_list_last_7_days is distinct from computed.unique_list_last_7_days
    or published.unique_list_of_lifetime is distinct from computed.unique_list_of_lifetime
    then 'changed'
