-- revenue_lowest: the ten pools that cover the least of their campaign's
-- revenue.
--
-- Grain: one row per (dataset, campaign_id) among the ten.
-- Reads: pool_revenue.
-- Columns:
--   dataset          smallint
--   campaign_id      bigint
--   converted_count  bigint
--   revenue          decimal(28,6)
--   pool_revenue     decimal(28,6)
--   place            bigint         1 = the least share
with placed as (
    select
        pool_revenue.dataset,
        pool_revenue.campaign_id,
        pool_revenue.converted_count,
        pool_revenue.revenue,
        pool_revenue.pool_revenue,
        row_number() over (
            order by
                pool_revenue.share asc,
                pool_revenue.revenue desc,
                pool_revenue.dataset asc,
                pool_revenue.campaign_id asc
        ) as place
    from pool_revenue
    where pool_revenue.revenue > 0
)

select * from placed
where placed.place <= 10
order by placed.place asc
