-- banner_clicks: how often each banner of a campaign was clicked.
--
-- Grain: one row per (dataset, campaign_id, banner_id) with a click.
-- Reads: stg_clicks.
-- Columns:
--   dataset      smallint
--   campaign_id  bigint
--   banner_id    bigint
--   click_count  bigint
select
    stg_clicks.dataset,
    stg_clicks.campaign_id,
    stg_clicks.banner_id,
    count(*) as click_count
from stg_clicks
group by
    stg_clicks.dataset,
    stg_clicks.campaign_id,
    stg_clicks.banner_id
