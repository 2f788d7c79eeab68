-- stats_and_pools_agree: the pools are just the banner_stats with a pool_rank,
-- with the same figures.
--
-- severity: error
-- Reads: banner_stats, pools.
with offending as (
    select
        coalesce(banner_stats.dataset, pools.dataset) as dataset,
        coalesce(banner_stats.campaign_id, pools.campaign_id) as campaign_id,
        coalesce(banner_stats.banner_id, pools.banner_id) as banner_id
    from (
        select * from banner_stats
        where banner_stats.pool_rank is not null
    ) as banner_stats
    full outer join pools
        on banner_stats.dataset = pools.dataset
        and banner_stats.campaign_id = pools.campaign_id
        and banner_stats.banner_id = pools.banner_id
    where
        banner_stats.banner_id is null
        or pools.banner_id is null
        or banner_stats.pool_rank <> pools.rank
        or banner_stats.revenue <> pools.revenue
        or banner_stats.clicks <> pools.clicks
        or banner_stats.conversions <> pools.conversions
        or banner_stats.impressions <> pools.impressions
)

select * from offending
