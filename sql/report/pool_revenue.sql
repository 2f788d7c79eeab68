-- pool_revenue: how much of a campaign's revenue its pool covers.
--
-- Grain: one row per (dataset, campaign_id).
-- Reads: banner_stats.
-- The share is for people to read: its last digits may differ by engine.
-- Columns:
--   dataset          smallint
--   campaign_id      bigint
--   converted_count  bigint
--   revenue          decimal(28,6)
--   pool_revenue     decimal(28,6)
--   share            double         null = the campaign has no revenue
with summed as (
    select
        banner_stats.dataset,
        banner_stats.campaign_id,
        cast(
            sum(case when banner_stats.conversions > 0 then 1 else 0 end)
            as bigint
        ) as converted_count,
        cast(sum(banner_stats.revenue) as decimal(28, 6)) as revenue,
        cast(
            sum(
                case
                    when banner_stats.pool_rank is null then 0
                    else banner_stats.revenue
                end
            ) as decimal(28, 6)
        ) as pool_revenue
    from banner_stats
    group by
        banner_stats.dataset,
        banner_stats.campaign_id
)

select
    summed.dataset,
    summed.campaign_id,
    summed.converted_count,
    summed.revenue,
    summed.pool_revenue,
    summed.pool_revenue / nullif(summed.revenue, 0) as share
from summed
