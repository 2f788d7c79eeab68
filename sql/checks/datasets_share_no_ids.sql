-- datasets_share_no_ids: no click or conversion id stands in two datasets.
--
-- severity: warn
-- Reads: measures.
-- Ids are unique within a dataset, so nothing is rejected; but shared ones are
-- most often a file that lies in the wrong folder.
select
    measures.name,
    measures.amount
from measures
where
    measures.name in ('shared_click_ids', 'shared_conversion_ids')
    and measures.amount > 0
