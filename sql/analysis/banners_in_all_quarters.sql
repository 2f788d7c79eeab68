-- banners_in_all_quarters: which banners are in their campaign's pool in all
-- four quarters of the hour?
--
-- Grain: one row per (campaign_id, banner_id) with four places.
-- Reads: pools.
-- Columns:
--   campaign_id  bigint
--   banner_id    bigint
--   best_rank    integer
--   worst_rank   integer
--   revenue      decimal(38,6)
select
    pools.campaign_id,
    pools.banner_id,
    cast(min(pools.rank) as integer) as best_rank,
    cast(max(pools.rank) as integer) as worst_rank,
    sum(pools.revenue) as revenue
from pools
group by
    pools.campaign_id,
    pools.banner_id
having count(*) = 4
order by
    revenue desc,
    pools.campaign_id asc,
    pools.banner_id asc
