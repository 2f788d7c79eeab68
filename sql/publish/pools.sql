-- pools: the published file, in its types and order.
--
-- Reads: pools.
select
    cast(pools.dataset as smallint) as dataset,
    pools.campaign_id,
    cast(pools.rank as smallint) as rank,
    pools.banner_id,
    pools.source,
    cast(pools.revenue as decimal(18, 6)) as revenue,
    pools.clicks,
    pools.conversions,
    pools.impressions
from pools
order by
    pools.dataset asc,
    pools.campaign_id asc,
    pools.rank asc
