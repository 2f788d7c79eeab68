-- banner_stats: the published file, in its types and order.
--
-- Reads: banner_stats.
select
    cast(banner_stats.dataset as smallint) as dataset,
    banner_stats.campaign_id,
    banner_stats.banner_id,
    banner_stats.impressions,
    banner_stats.clicks,
    banner_stats.conversions,
    cast(banner_stats.revenue as decimal(18, 6)) as revenue,
    banner_stats.revenue_rank,
    banner_stats.click_rank,
    cast(banner_stats.pool_rank as smallint) as pool_rank,
    banner_stats.reason
from banner_stats
order by
    banner_stats.dataset asc,
    banner_stats.campaign_id asc,
    banner_stats.banner_id asc
