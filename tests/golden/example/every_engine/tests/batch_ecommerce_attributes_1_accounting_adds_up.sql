-- Made by snowplow-batch-engine from view batch_ecommerce_attributes, version 1. Change the view, not this file.
-- Every row that was read is accounted for once.
select *
from {{ ref('batch_ecommerce_attributes_1_run_history') }}
where rows_read <> rows_used + rows_duplicate + rows_seen_before + rows_incomplete + rows_before_start + rows_other_app + rows_no_entity + rows_irrelevant
