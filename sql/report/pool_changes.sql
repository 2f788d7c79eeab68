-- pool_changes: which banners entered, left or moved between two builds.
--
-- Grain: one row per (dataset, campaign_id, banner_id) with another pool_rank.
-- Reads: old_stats, new_stats.
-- They are the banner_stats of the two builds.
-- A banner that is no candidate in a build has null in all its figures there.
-- Columns:
--   dataset          smallint
--   campaign_id      bigint
--   banner_id        bigint
--   old_rank         smallint  null = out
--   new_rank         smallint  null = out
--   old_revenue      decimal(18,6)
--   new_revenue      decimal(18,6)
--   old_clicks       bigint
--   new_clicks       bigint
--   old_conversions  bigint
--   new_conversions  bigint
with compared as (
    select
        coalesce(old_stats.dataset, new_stats.dataset) as dataset,
        coalesce(old_stats.campaign_id, new_stats.campaign_id) as campaign_id,
        coalesce(old_stats.banner_id, new_stats.banner_id) as banner_id,
        old_stats.pool_rank as old_rank,
        new_stats.pool_rank as new_rank,
        old_stats.revenue as old_revenue,
        new_stats.revenue as new_revenue,
        old_stats.clicks as old_clicks,
        new_stats.clicks as new_clicks,
        old_stats.conversions as old_conversions,
        new_stats.conversions as new_conversions
    from old_stats
    full outer join new_stats
        on old_stats.dataset = new_stats.dataset
        and old_stats.campaign_id = new_stats.campaign_id
        and old_stats.banner_id = new_stats.banner_id
)

select * from compared
where coalesce(compared.old_rank, 0) <> coalesce(compared.new_rank, 0)
order by
    compared.dataset asc,
    compared.campaign_id asc,
    compared.banner_id asc
