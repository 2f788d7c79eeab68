-- pool_turnover: how many banners of each pool are new, gone, or elsewhere in
-- it.
--
-- Grain: one row per (dataset, campaign_id) with a pool in either build.
-- Reads: old_stats, new_stats.
-- They are the banner_stats of the two builds.
-- Columns:
--   dataset        smallint
--   campaign_id    bigint
--   kept_count     bigint  in both, those that moved included
--   moved_count    bigint  in both, with another rank
--   entered_count  bigint
--   left_count     bigint
with old_pools as (
    select
        old_stats.dataset,
        old_stats.campaign_id,
        old_stats.banner_id,
        old_stats.pool_rank
    from old_stats
    where old_stats.pool_rank is not null
),

new_pools as (
    select
        new_stats.dataset,
        new_stats.campaign_id,
        new_stats.banner_id,
        new_stats.pool_rank
    from new_stats
    where new_stats.pool_rank is not null
),

compared as (
    select
        coalesce(old_pools.dataset, new_pools.dataset) as dataset,
        coalesce(old_pools.campaign_id, new_pools.campaign_id) as campaign_id,
        case when old_pools.pool_rank is null then 1 else 0 end as is_new,
        case when new_pools.pool_rank is null then 1 else 0 end as is_gone,
        case when old_pools.pool_rank <> new_pools.pool_rank then 1 else 0 end
            as has_moved
    from old_pools
    full outer join new_pools
        on old_pools.dataset = new_pools.dataset
        and old_pools.campaign_id = new_pools.campaign_id
        and old_pools.banner_id = new_pools.banner_id
)

select
    compared.dataset,
    compared.campaign_id,
    cast(sum(1 - compared.is_new - compared.is_gone) as bigint) as kept_count,
    cast(sum(compared.has_moved) as bigint) as moved_count,
    cast(sum(compared.is_new) as bigint) as entered_count,
    cast(sum(compared.is_gone) as bigint) as left_count
from compared
group by
    compared.dataset,
    compared.campaign_id
