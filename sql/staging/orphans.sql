-- orphans: conversions without their click. They earn nothing for any banner.
--
-- Grain: one row per (dataset, conversion_id) whose click is not staged.
-- Reads: stg_conversions, stg_clicks.
-- Columns:
--   dataset        utinyint
--   conversion_id  bigint
select
    stg_conversions.dataset,
    stg_conversions.conversion_id
from stg_conversions
anti join stg_clicks
    on stg_conversions.dataset = stg_clicks.dataset
    and stg_conversions.click_id = stg_clicks.click_id
