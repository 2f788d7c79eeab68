-- campaign_banners: banners that a campaign may show, each pair once.
--
-- Grain: one row per (campaign_id, banner_id).
-- Reads: loaded_campaign_banners.
-- Columns:
--   campaign_id  bigint
--   banner_id    bigint
select distinct
    loaded_campaign_banners.campaign_id,
    loaded_campaign_banners.banner_id
from loaded_campaign_banners
