-- banner_conversions: what each banner of a campaign earned.
--
-- Grain: one row per (dataset, campaign_id, banner_id) with a conversion.
-- Reads: stg_conversions, stg_clicks.
-- A conversion belongs to the banner of its click; an orphan has none and
-- falls out here. It is rejected and counted in staging.
-- Columns:
--   dataset           smallint
--   campaign_id       bigint
--   banner_id         bigint
--   conversion_count  bigint
--   revenue           decimal(18,6)
select
    stg_clicks.dataset,
    stg_clicks.campaign_id,
    stg_clicks.banner_id,
    count(*) as conversion_count,
    cast(sum(stg_conversions.revenue) as decimal(18, 6)) as revenue
from stg_conversions
inner join stg_clicks
    on stg_conversions.dataset = stg_clicks.dataset
    and stg_conversions.click_id = stg_clicks.click_id
group by
    stg_clicks.dataset,
    stg_clicks.campaign_id,
    stg_clicks.banner_id
