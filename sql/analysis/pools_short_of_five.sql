-- pools_short_of_five: which pools have fewer than five banners?
--
-- Grain: one row per (dataset, campaign_id) with such a pool.
-- Reads: pools.
-- Such a campaign has no more candidates: show it more banners.
-- Columns:
--   dataset      smallint
--   campaign_id  bigint
--   banners      bigint
select
    pools.dataset,
    pools.campaign_id,
    count(*) as banners
from pools
group by
    pools.dataset,
    pools.campaign_id
having count(*) < 5
order by
    banners asc,
    pools.dataset asc,
    pools.campaign_id asc
