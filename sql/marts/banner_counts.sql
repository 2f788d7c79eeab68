-- banner_counts: what is counted for each candidate.
--
-- Grain: one row per (dataset, campaign_id, banner_id): every candidate.
-- Reads: stg_campaign_banners, stg_impressions, banner_clicks,
-- banner_conversions.
-- A candidate without rows in a log has 0 there, never null.
-- Columns:
--   dataset           smallint
--   campaign_id       bigint
--   banner_id         bigint
--   impression_count  bigint
--   click_count       bigint
--   conversion_count  bigint
--   revenue           decimal(18,6)
select
    stg_campaign_banners.dataset,
    stg_campaign_banners.campaign_id,
    stg_campaign_banners.banner_id,
    coalesce(stg_impressions.impression_count, 0) as impression_count,
    coalesce(banner_clicks.click_count, 0) as click_count,
    coalesce(banner_conversions.conversion_count, 0) as conversion_count,
    coalesce(banner_conversions.revenue, cast(0 as decimal(18, 6))) as revenue
from stg_campaign_banners
left join stg_impressions
    on stg_campaign_banners.dataset = stg_impressions.dataset
    and stg_campaign_banners.campaign_id = stg_impressions.campaign_id
    and stg_campaign_banners.banner_id = stg_impressions.banner_id
left join banner_clicks
    on stg_campaign_banners.dataset = banner_clicks.dataset
    and stg_campaign_banners.campaign_id = banner_clicks.campaign_id
    and stg_campaign_banners.banner_id = banner_clicks.banner_id
left join banner_conversions
    on stg_campaign_banners.dataset = banner_conversions.dataset
    and stg_campaign_banners.campaign_id = banner_conversions.campaign_id
    and stg_campaign_banners.banner_id = banner_conversions.banner_id
