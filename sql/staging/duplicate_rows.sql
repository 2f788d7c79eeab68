-- duplicate_rows: how many rows of each file repeat one that counts.
--
-- Grain: one row per (file) with a row of an id that repeats.
-- Reads: loaded_clicks, loaded_conversions, repeated_clicks,
-- repeated_conversions.
-- The row that counts is the first, in the order of files.
-- Columns:
--   file       integer
--   row_count  bigint
with repeated_rows as (
    select
        loaded_clicks.file,
        loaded_clicks.click_id as key,
        repeated_clicks.first_file
    from loaded_clicks
    inner join repeated_clicks
        on loaded_clicks.dataset = repeated_clicks.dataset
        and loaded_clicks.click_id = repeated_clicks.click_id
    where not repeated_clicks.is_conflict
    union all
    select
        loaded_conversions.file,
        loaded_conversions.conversion_id as key,
        repeated_conversions.first_file
    from loaded_conversions
    inner join repeated_conversions
        on loaded_conversions.dataset = repeated_conversions.dataset
        and loaded_conversions.conversion_id
        = repeated_conversions.conversion_id
    where not repeated_conversions.is_conflict
),

counted as (
    select
        repeated_rows.file,
        count(*) - count(
            distinct case
                when repeated_rows.file = repeated_rows.first_file
                    then repeated_rows.key
            end
        ) as row_count
    from repeated_rows
    group by repeated_rows.file
)

select * from counted
