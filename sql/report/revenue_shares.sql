-- revenue_shares: how many pools cover which share of their campaign's revenue.
--
-- Grain: one row per (tenth) that has a pool.
-- Reads: pool_revenue.
-- Campaigns without revenue have no share. Compared without division: exact.
-- Columns:
--   tenth       integer  0 = below a tenth, 9 = from nine tenths on, 10 = all
--   pool_count  bigint
with placed as (
    select
        case
            when pool_revenue.pool_revenue >= pool_revenue.revenue then 10
            when pool_revenue.pool_revenue * 10 >= pool_revenue.revenue * 9
                then 9
            when pool_revenue.pool_revenue * 10 >= pool_revenue.revenue * 8
                then 8
            when pool_revenue.pool_revenue * 10 >= pool_revenue.revenue * 7
                then 7
            when pool_revenue.pool_revenue * 10 >= pool_revenue.revenue * 6
                then 6
            when pool_revenue.pool_revenue * 10 >= pool_revenue.revenue * 5
                then 5
            when pool_revenue.pool_revenue * 10 >= pool_revenue.revenue * 4
                then 4
            when pool_revenue.pool_revenue * 10 >= pool_revenue.revenue * 3
                then 3
            when pool_revenue.pool_revenue * 10 >= pool_revenue.revenue * 2
                then 2
            when pool_revenue.pool_revenue * 10 >= pool_revenue.revenue then 1
            else 0
        end as tenth
    from pool_revenue
    where pool_revenue.revenue > 0
)

select
    placed.tenth,
    count(*) as pool_count
from placed
group by placed.tenth
order by placed.tenth asc
