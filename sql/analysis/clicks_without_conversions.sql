-- clicks_without_conversions: which banners are clicked most and never
-- convert, in any quarter?
--
-- Grain: one row per (campaign_id, banner_id), the twenty most clicked.
-- Reads: banner_stats.
-- Columns:
--   campaign_id  bigint
--   banner_id    bigint
--   clicks       bigint
--   impressions  bigint
--   pools        bigint  quarters in which it is in the pool all the same
select
    banner_stats.campaign_id,
    banner_stats.banner_id,
    cast(sum(banner_stats.clicks) as bigint) as clicks,
    cast(sum(banner_stats.impressions) as bigint) as impressions,
    count(banner_stats.pool_rank) as pools
from banner_stats
group by
    banner_stats.campaign_id,
    banner_stats.banner_id
having
    sum(banner_stats.conversions) = 0
    and sum(banner_stats.clicks) > 0
order by
    clicks desc,
    banner_stats.campaign_id asc,
    banner_stats.banner_id asc
limit 20
