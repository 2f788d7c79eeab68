-- repeated_conversions: conversion ids that stand in more than one row.
--
-- Grain: one row per (dataset, conversion_id) with several rows.
-- Reads: loaded_conversions. Where a bitmap proves that no id repeats, the
-- runner makes the empty table without reading further (unique.ts).
-- Columns:
--   dataset        smallint
--   conversion_id  bigint
--   click_id       bigint         meaningless in a conflict
--   revenue        decimal(18,6)  meaningless in a conflict
--   first_file     integer        the file whose row counts
--   is_conflict    boolean        the rows differ: none of them counts
select
    loaded_conversions.dataset,
    loaded_conversions.conversion_id,
    min(loaded_conversions.click_id) as click_id,
    min(loaded_conversions.revenue) as revenue,
    min(loaded_conversions.file) as first_file,
    min(loaded_conversions.click_id) <> max(loaded_conversions.click_id)
    or min(loaded_conversions.revenue) <> max(loaded_conversions.revenue)
        as is_conflict
from loaded_conversions
group by
    loaded_conversions.dataset,
    loaded_conversions.conversion_id
having count(*) > 1
