-- daily_values
-- for first_n_last_7_days: of each chunk as many as could be listed if there were no other
cast(1 as bigint) as n
row_number() over (
    partition by domain_userid, day, chunk, fitting is null
    order by event_tstamp, event_id
) as place
where place <= 5 and (fitting is not null or place = 1)
-- for first_n_of_lifetime: of each chunk as many as could be listed if there were no other
case
    when regexp_full_match(transaction_coupon, '[+-]?\d+') then try_cast(transaction_coupon as bigint)
    when (
        regexp_full_match(transaction_coupon, '[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?')
        and try_cast(transaction_coupon as double) = trunc(try_cast(transaction_coupon as double))
    )
        then try_cast(try_cast(transaction_coupon as double) as bigint)
end as fitting

-- attributes_this_run
'domain_userid', 'first_n_last_7_days', 'first_n_of_lifetime', 'updated_at'
first_events_5_page_urlpath_last_7_days as (
slot = 'first_events_5_page_urlpath'
group by domain_userid, value, last_tstamp, last_event_id
first_n_last_7_days_collected as (
coalesce(
    list(fitting order by last_tstamp asc, last_event_id asc) filter(
        where fitting is not null and place <= 5
    ),
    cast([] as text[])
) as collected
row_number() over (
    partition by domain_userid, fitting is null
    order by last_tstamp asc, last_event_id asc
) as place
from first_events_5_page_urlpath_last_7_days
first_events_5_int64_transaction_coupon as (
slot = 'first_events_5_int64_transaction_coupon'
slot = 'first_events_5_int64_transaction_coupon' and {{ signals_in_history(history, 'domain_userid') }}
first_n_of_lifetime_collected as (
coalesce(
    list(fitting order by last_tstamp asc, last_event_id asc) filter(
        where fitting is not null and place <= 5
    ),
    cast([] as bigint[])
) as collected
from first_events_5_int64_transaction_coupon
coalesce(first_n_last_7_days_collected.collected, cast([] as text[])) as first_n_last_7_days
coalesce(first_n_of_lifetime_collected.collected, cast([] as bigint[])) as first_n_of_lifetime
left join first_n_last_7_days_collected on first_n_last_7_days_collected.domain_userid = merged.domain_userid
left join first_n_of_lifetime_collected on first_n_of_lifetime_collected.domain_userid = merged.domain_userid
when
    published.signals_copies > 1
    or published.first_n_last_7_days is distinct from computed.first_n_last_7_days
    or published.first_n_of_lifetime is distinct from computed.first_n_of_lifetime
    then 'changed'
