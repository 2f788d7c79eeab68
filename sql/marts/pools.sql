-- pools: the banners that a campaign serves in one dataset.
--
-- Grain: one row per (dataset, campaign_id, rank).
-- Reads: banner_stats.
-- Columns:
--   dataset      smallint
--   campaign_id  bigint
--   rank         bigint   1 first, no gaps
--   banner_id    bigint
--   source       varchar  'revenue', 'clicks' or 'random'
--   revenue      decimal(18,6)
--   clicks       bigint
--   conversions  bigint
--   impressions  bigint
select
    banner_stats.dataset,
    banner_stats.campaign_id,
    banner_stats.pool_rank as rank,
    banner_stats.banner_id,
    banner_stats.source,
    banner_stats.revenue,
    banner_stats.clicks,
    banner_stats.conversions,
    banner_stats.impressions
from banner_stats
where banner_stats.pool_rank is not null
