beside as (

    select
        *,
        $aggregates
    from $rows

),
