-- Every row that was read is accounted for once.
select *
from {{ ref('${p}_run_history') }}
where rows_read <> $parts
