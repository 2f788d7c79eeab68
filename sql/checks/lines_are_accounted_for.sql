-- lines_are_accounted_for: every line of every file was accepted, rejected or
-- a duplicate.
--
-- severity: error
-- Reads: inputs.
select
    inputs.dataset,
    inputs.log,
    inputs.path,
    inputs.row_count
from inputs
where
    inputs.row_count
    <> inputs.accepted + inputs.rejected + inputs.duplicates
