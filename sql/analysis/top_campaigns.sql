-- top_campaigns: which campaigns earned the most?
--
-- Grain: one row per (campaign_id), the twenty with the most revenue.
-- Reads: banner_stats.
-- Columns:
--   campaign_id  bigint
--   revenue      decimal(38,6)
--   conversions  bigint
--   clicks       bigint
--   impressions  bigint
--   banners      bigint         candidates in any quarter
select
    banner_stats.campaign_id,
    sum(banner_stats.revenue) as revenue,
    cast(sum(banner_stats.conversions) as bigint) as conversions,
    cast(sum(banner_stats.clicks) as bigint) as clicks,
    cast(sum(banner_stats.impressions) as bigint) as impressions,
    count(distinct banner_stats.banner_id) as banners
from banner_stats
group by banner_stats.campaign_id
order by
    revenue desc,
    banner_stats.campaign_id asc
limit 20
