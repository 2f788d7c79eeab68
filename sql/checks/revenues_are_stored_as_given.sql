-- revenues_are_stored_as_given: no revenue had to be rounded to six decimals.
--
-- severity: warn
-- Reads: inputs.
select
    inputs.path,
    inputs.rounded
from inputs
where inputs.rounded > 0
