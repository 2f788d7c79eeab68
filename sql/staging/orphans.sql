-- orphans: conversions without their click. They earn nothing for any banner.
--
-- Grain: one row per (dataset, conversion_id) whose click is not staged.
-- Reads: stg_conversions, stg_clicks.
-- Columns:
--   dataset        smallint
--   conversion_id  bigint
select
    stg_conversions.dataset,
    stg_conversions.conversion_id
from stg_conversions
where not exists (
    select stg_clicks.click_id
    from stg_clicks
    where
        stg_clicks.dataset = stg_conversions.dataset
        and stg_clicks.click_id = stg_conversions.click_id
)
