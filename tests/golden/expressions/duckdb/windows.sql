-- daily_values
-- for pages_last_month

-- attributes_this_run
{%- set history = signals_history_for(limits, 366) %}
'domain_userid', 'total_7_days_before_7', 'pages_last_month', 'total_this_week', 'total_this_year'
'total_2_quarters_ago', 'updated_at'
{{ signals_in_window(limits, 'week') }} as in_this_week
{{ signals_in_window(limits, [7, 7]) }} as in_last_7_days_offset_7
{{ signals_in_window(limits, ['month', 1]) }} as in_last_month
{{ signals_in_window(limits, ['quarter', 2]) }} as in_quarter_offset_2
{{ signals_in_window(limits, 'year') }} as in_this_year
sum(sum_transaction_order_total_as_number) filter(where in_last_7_days_offset_7) as sum_transaction_order_total_as_nu_last_7_days_offset_7
sum(sum_transaction_order_total_as_number) filter(where in_this_week) as sum_transaction_order_total_as_number_this_week
sum(sum_transaction_order_total_as_number) filter(where in_this_year) as sum_transaction_order_total_as_number_this_year
sum(sum_transaction_order_total_as_number) filter(where in_quarter_offset_2) as sum_transaction_order_total_as_number_quarter_offset_2
values_page_urlpath_last_month as (
and {{ signals_in_window(limits, ['month', 1]) }}
pages_last_month_collected as (
from values_page_urlpath_last_month
case
    when merged.sum_transaction_order_total_as_nu_last_7_days_offset_7 is null then cast(0 as double)
    when isfinite(try_cast(merged.sum_transaction_order_total_as_nu_last_7_days_offset_7 as double))
        then try_cast(merged.sum_transaction_order_total_as_nu_last_7_days_offset_7 as double)
end as total_7_days_before_7
coalesce(pages_last_month_collected.collected, cast([] as text[])) as pages_last_month
case
    when merged.sum_transaction_order_total_as_number_this_week is null then cast(0 as double)
    when isfinite(try_cast(merged.sum_transaction_order_total_as_number_this_week as double))
        then try_cast(merged.sum_transaction_order_total_as_number_this_week as double)
end as total_this_week
case
    when merged.sum_transaction_order_total_as_number_this_year is null then cast(0 as double)
    when isfinite(try_cast(merged.sum_transaction_order_total_as_number_this_year as double))
        then try_cast(merged.sum_transaction_order_total_as_number_this_year as double)
end as total_this_year
case
    when merged.sum_transaction_order_total_as_number_quarter_offset_2 is null then cast(0 as double)
    when isfinite(try_cast(merged.sum_transaction_order_total_as_number_quarter_offset_2 as double))
        then try_cast(merged.sum_transaction_order_total_as_number_quarter_offset_2 as double)
end as total_2_quarters_ago
left join pages_last_month_collected on pages_last_month_collected.domain_userid = merged.domain_userid
when
    published.signals_copies > 1
    or (
        published.total_7_days_before_7 is distinct from computed.total_7_days_before_7
        and coalesce(
            abs(published.total_7_days_before_7 - computed.total_7_days_before_7)
            > 1e-12 * greatest(abs(published.total_7_days_before_7), abs(computed.total_7_days_before_7)),
            true
        )
    )
    or published.pages_last_month is distinct from computed.pages_last_month
    or (
        published.total_this_week is distinct from computed.total_this_week
        and coalesce(
            abs(published.total_this_week - computed.total_this_week)
            > 1e-12 * greatest(abs(published.total_this_week), abs(computed.total_this_week)),
            true
        )
    )
    or (
        published.total_this_year is distinct from computed.total_this_year
        and coalesce(
            abs(published.total_this_year - computed.total_this_year)
            > 1e-12 * greatest(abs(published.total_this_year), abs(computed.total_this_year)),
            true
        )
    )
    or (
        published.total_2_quarters_ago is distinct from computed.total_2_quarters_ago
        and coalesce(
            abs(published.total_2_quarters_ago - computed.total_2_quarters_ago)
            > 1e-12 * greatest(abs(published.total_2_quarters_ago), abs(computed.total_2_quarters_ago)),
            true
        )
    )
    then 'changed'
