
fed_values as (

    select slot, count(distinct $identifier) as entities, sum(n) as amount
    from {{ ref('${p}_daily_values') }}
    where day = date '{{ last_day }}'
    group by slot

),
