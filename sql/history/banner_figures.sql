-- banner_figures: what a banner is in a build, over all campaigns and quarters.
--
-- Grain: one row per (banner_id).
-- Reads: banner_stats.
-- Banners that are a candidate somewhere.
-- Columns:
--   banner_id    bigint
--   candidates   bigint         pools in which it is a candidate
--   pools        bigint         pools that have it
--   impressions  bigint
--   clicks       bigint
--   conversions  bigint
--   revenue      decimal(18,6)
select
    banner_stats.banner_id,
    count(*) as candidates,
    count(*) filter (where banner_stats.pool_rank is not null) as pools,
    coalesce(
        try_cast(sum(banner_stats.impressions) as bigint),
        9223372036854775807
    ) as impressions,
    coalesce(
        try_cast(sum(banner_stats.clicks) as bigint),
        9223372036854775807
    ) as clicks,
    coalesce(
        try_cast(sum(banner_stats.conversions) as bigint),
        9223372036854775807
    ) as conversions,
    coalesce(
        try_cast(sum(banner_stats.revenue) as decimal(18,6)),
        999999999999.999999
    ) as revenue
from banner_stats
group by banner_stats.banner_id
