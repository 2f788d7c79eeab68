-- rejects_by_reason: why lines were rejected, most frequent first.
--
-- Grain: one row per (table, reason), with its first line as an example.
-- Reads: rejects.
-- Columns:
--   table         varchar
--   reason        varchar
--   reject_count  bigint
--   file          varchar  of the example
--   line          bigint
--   text          varchar
with numbered as (
    select
        rejects."table",
        rejects.reason,
        rejects.file,
        rejects.line,
        rejects.text,
        count(*) over (
            partition by rejects."table", rejects.reason
        ) as reject_count,
        row_number() over (
            partition by rejects."table", rejects.reason
            order by rejects.file asc, rejects.line asc
        ) as place
    from rejects
)

select
    numbered."table",
    numbered.reason,
    numbered.reject_count,
    numbered.file,
    numbered.line,
    numbered.text
from numbered
where numbered.place = 1
order by
    numbered.reject_count desc,
    numbered."table" asc,
    numbered.reason asc
