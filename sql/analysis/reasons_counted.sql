-- reasons_counted: why are candidates in, or out, and what did they earn?
--
-- Grain: one row per (reason).
-- Reads: banner_stats.
-- Columns:
--   reason   varchar
--   banners  bigint
--   clicks   bigint
--   revenue  decimal(38,6)
select
    banner_stats.reason,
    count(*) as banners,
    cast(sum(banner_stats.clicks) as bigint) as clicks,
    sum(banner_stats.revenue) as revenue
from banner_stats
group by banner_stats.reason
order by
    banners desc,
    banner_stats.reason asc
