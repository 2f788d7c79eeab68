-- ids_have_one_meaning: no id stands in two rows that differ.
--
-- severity: warn
-- Reads: rejects.
-- None of such rows counts, as it is not known which of them is right.
select
    rejects.dataset,
    rejects.file,
    rejects.line,
    rejects.text
from rejects
where rejects.reason = 'conflict'
