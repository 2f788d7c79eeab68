-- revenue_by_rank: what the best banner of each campaign earned, the second
-- best, and so on.
--
-- Grain: one row per (revenue_rank) that has revenue.
-- Reads: banner_stats.
-- Columns:
--   revenue_rank  bigint         1 = most revenue in its campaign and dataset
--   revenue       decimal(38,6)  of all banners of that rank together
select
    banner_stats.revenue_rank,
    cast(sum(banner_stats.revenue) as decimal(38, 6)) as revenue
from banner_stats
where banner_stats.revenue > 0
group by banner_stats.revenue_rank
order by banner_stats.revenue_rank asc
