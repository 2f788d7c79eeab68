-- converted_clicks: the clicks that earned something, or 0, with their banner.
--
-- Grain: one row per (dataset, click_id) with a conversion.
-- Reads: click_revenues, stg_clicks, numbered_candidates.
-- An orphan has no click and falls out here.
-- Columns:
--   dataset    smallint
--   click_id   bigint
--   candidate  bigint
--   revenue    decimal(18,6)
select
    stg_clicks.dataset,
    stg_clicks.click_id,
    numbered_candidates.candidate,
    click_revenues.revenue
from stg_clicks
inner join click_revenues
    on stg_clicks.dataset = click_revenues.dataset
    and stg_clicks.click_id = click_revenues.click_id
inner join numbered_candidates
    on stg_clicks.dataset = numbered_candidates.dataset
    and stg_clicks.campaign_id = numbered_candidates.campaign_id
    and stg_clicks.banner_id = numbered_candidates.banner_id
