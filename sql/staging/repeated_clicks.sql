-- repeated_clicks: click ids that stand in more than one row.
--
-- Grain: one row per (dataset, click_id) with several rows.
-- Reads: loaded_clicks. Where a bitmap proves that no id repeats, the runner
-- makes the empty table without reading further (unique.ts).
-- Columns:
--   dataset      smallint
--   click_id     bigint
--   banner_id    bigint   meaningless in a conflict
--   campaign_id  bigint   meaningless in a conflict
--   first_file   integer  the file whose row counts
--   is_conflict  boolean  the rows differ: none of them counts
select
    loaded_clicks.dataset,
    loaded_clicks.click_id,
    min(loaded_clicks.banner_id) as banner_id,
    min(loaded_clicks.campaign_id) as campaign_id,
    min(loaded_clicks.file) as first_file,
    min(loaded_clicks.banner_id) <> max(loaded_clicks.banner_id)
    or min(loaded_clicks.campaign_id) <> max(loaded_clicks.campaign_id)
        as is_conflict
from loaded_clicks
group by
    loaded_clicks.dataset,
    loaded_clicks.click_id
having count(*) > 1
