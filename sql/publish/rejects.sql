-- rejects: the published file, in its types and order.
--
-- Reads: rejects.
-- Those of lists have no dataset: DuckDB puts nulls last.
select
    cast(rejects.dataset as smallint) as dataset,
    rejects."table",
    rejects.file,
    rejects.line,
    rejects.reason,
    rejects.text
from rejects
order by
    rejects.dataset asc,
    rejects."table" asc,
    rejects.file asc,
    rejects.line asc
