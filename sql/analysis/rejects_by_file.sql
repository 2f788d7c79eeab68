-- rejects_by_file: which files have rejected lines, and why?
--
-- Grain: one row per (file, reason).
-- Reads: rejects.
-- Columns:
--   file        varchar
--   reason      varchar
--   lines       bigint
--   first_line  bigint
--   first_text  varchar
select
    rejects.file,
    rejects.reason,
    count(*) as lines,
    min(rejects.line) as first_line,
    arg_min(rejects.text, rejects.line) as first_text
from rejects
group by
    rejects.file,
    rejects.reason
order by
    lines desc,
    rejects.file asc,
    rejects.reason asc
