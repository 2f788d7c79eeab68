-- stats_and_pools_agree: the pools are just the banner_stats with a pool_rank,
-- with the same figures.
--
-- severity: error
-- Reads: banner_stats, pools.
with pooled_stats as (
    select
        banner_stats.dataset,
        banner_stats.campaign_id,
        banner_stats.banner_id,
        banner_stats.pool_rank,
        banner_stats.revenue,
        banner_stats.clicks,
        banner_stats.conversions,
        banner_stats.impressions
    from banner_stats
    where banner_stats.pool_rank is not null
),

offending as (
    select
        coalesce(pooled_stats.dataset, pools.dataset) as dataset,
        coalesce(pooled_stats.campaign_id, pools.campaign_id) as campaign_id,
        coalesce(pooled_stats.banner_id, pools.banner_id) as banner_id
    from pooled_stats
    full outer join pools
        on pooled_stats.dataset = pools.dataset
        and pooled_stats.campaign_id = pools.campaign_id
        and pooled_stats.banner_id = pools.banner_id
    where
        pooled_stats.banner_id is null
        or pools.banner_id is null
        or pooled_stats.pool_rank <> pools.rank
        or pooled_stats.revenue <> pools.revenue
        or pooled_stats.clicks <> pools.clicks
        or pooled_stats.conversions <> pools.conversions
        or pooled_stats.impressions <> pools.impressions
)

select * from offending
