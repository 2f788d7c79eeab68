-- revenue_outside_pools: how much revenue do banners earn that are not in the
-- pool of their campaign?
--
-- Grain: one row per (dataset, campaign_id) with revenue outside.
-- Reads: banner_stats.
-- Columns:
--   dataset          smallint
--   campaign_id      bigint
--   banners_outside  bigint         converted ones
--   revenue_outside  decimal(38,6)
--   revenue          decimal(38,6)
--   share_outside    double
with summed as (
    select
        banner_stats.dataset,
        banner_stats.campaign_id,
        count(*) filter (
            where banner_stats.pool_rank is null
            and banner_stats.conversions > 0
        ) as banners_outside,
        coalesce(
            sum(banner_stats.revenue) filter (
                where banner_stats.pool_rank is null
            ),
            0
        ) as revenue_outside,
        sum(banner_stats.revenue) as revenue
    from banner_stats
    group by
        banner_stats.dataset,
        banner_stats.campaign_id
)

select
    summed.dataset,
    summed.campaign_id,
    summed.banners_outside,
    summed.revenue_outside,
    summed.revenue,
    round(summed.revenue_outside / nullif(summed.revenue, 0), 4)
        as share_outside
from summed
where summed.revenue_outside > 0
order by
    summed.revenue_outside desc,
    summed.dataset asc,
    summed.campaign_id asc
