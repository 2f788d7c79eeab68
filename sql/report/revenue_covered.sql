-- revenue_covered: how much of all revenue the pools cover, per dataset.
--
-- Grain: one row per (dataset).
-- Reads: pool_revenue.
-- Columns:
--   dataset       smallint
--   pool_count    bigint
--   earning_count bigint         pools of campaigns with revenue
--   revenue       decimal(38,6)
--   pool_revenue  decimal(38,6)
select
    pool_revenue.dataset,
    count(*) as pool_count,
    cast(
        sum(case when pool_revenue.revenue > 0 then 1 else 0 end) as bigint
    ) as earning_count,
    cast(sum(pool_revenue.revenue) as decimal(38, 6)) as revenue,
    cast(sum(pool_revenue.pool_revenue) as decimal(38, 6)) as pool_revenue
from pool_revenue
group by pool_revenue.dataset
order by pool_revenue.dataset asc
