$name as (

    select
        $identifier,
        $collect
    from (
        select
            *,
            $place
        from (
            select
                *,
                sum(n) over (
                    partition by $identifier
                    order by fitting, value
                    rows between unbounded preceding and current row
                ) as upto,
                sum(n) over (partition by $identifier) as events
            from (
                select
                    *,
                    $fitting
                from $merged
            ) as fitted
            where fitting is not null
        ) as counted
    ) as placed
    group by $identifier

),
