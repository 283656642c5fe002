-- base_events_this_run
{{ signals_value(
    columns, 'text',
    column='unstruct_event_com_acme_transaction_1',
    typed='unstruct_event_com_acme_transaction_1.order_total',
    path=['order_total'],
    json='get_json_object(unstruct_event_com_acme_transaction_1, \x27$.orderTotal\x27)'
) }} as transaction_order_total

-- attributes_this_run
case
    when (
        regexp_like(value, '^(?:[+-]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d+)?)\\z')
        and abs(try_cast(value as double)) < double('infinity')
    )
        then try_cast(value as double)
end as fitting
case
    when abs(cast(percentile_of_lifetime_collected.collected as float)) < double('infinity')
        then cast(percentile_of_lifetime_collected.collected as float)
end as percentile_of_lifetime
