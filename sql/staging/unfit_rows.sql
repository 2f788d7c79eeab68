-- unfit_rows: rows with a form that fits, but a content that does not.
--
-- Grain: one row per (file, key).
-- Reads: loaded_clicks, loaded_conversions, repeated_clicks,
-- repeated_conversions, orphans.
-- All rows of a conflict are rejected; of equal rows of an orphan the first
-- is, the others are its duplicates.
-- Columns:
--   file        integer
--   key         bigint   click_id or conversion_id
--   reason      varchar  'conflict' or 'orphan'
--   line_count  bigint   lines of the file that are rejected for it
with conflicting_clicks as (
    select
        loaded_clicks.file,
        loaded_clicks.click_id as key,
        'conflict' as reason,
        count(*) as line_count
    from loaded_clicks
    inner join repeated_clicks
        on loaded_clicks.dataset = repeated_clicks.dataset
        and loaded_clicks.click_id = repeated_clicks.click_id
    where repeated_clicks.is_conflict
    group by
        loaded_clicks.file,
        loaded_clicks.click_id
),

conflicting_conversions as (
    select
        loaded_conversions.file,
        loaded_conversions.conversion_id as key,
        'conflict' as reason,
        count(*) as line_count
    from loaded_conversions
    inner join repeated_conversions
        on loaded_conversions.dataset = repeated_conversions.dataset
        and loaded_conversions.conversion_id
        = repeated_conversions.conversion_id
    where repeated_conversions.is_conflict
    group by
        loaded_conversions.file,
        loaded_conversions.conversion_id
),

first_orphans as (
    select
        min(loaded_conversions.file) as file,
        orphans.conversion_id as key,
        'orphan' as reason,
        cast(1 as bigint) as line_count
    from orphans
    inner join loaded_conversions
        on orphans.dataset = loaded_conversions.dataset
        and orphans.conversion_id = loaded_conversions.conversion_id
    group by
        orphans.dataset,
        orphans.conversion_id
)

select * from conflicting_clicks
union all
select * from conflicting_conversions
union all
select * from first_orphans
