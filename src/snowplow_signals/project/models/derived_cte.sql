$name as (

    -- of other attributes
    select
        *,
        $columns
    from $source

)
