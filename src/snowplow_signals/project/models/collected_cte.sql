$name as (

    select
        $identifier,
        $collect
    from (
        select
            *,
            row_number() over (
                partition by $identifier, fitting is null
                order by $ranking
            ) as place
        from (
            select
                *,
                $fitting
            from $merged
        ) as fitted
    ) as ranked
    group by $identifier

),
