$name as (

    select
        $identifier,
        $collect
    from $merged
    group by $identifier

),
