-- turnover_totals: how many pools and banners changed, per dataset.
--
-- Grain: one row per (dataset).
-- Reads: pool_turnover.
-- Columns:
--   dataset        smallint
--   pool_count     bigint  pools in either build
--   changed_count  bigint  pools with another banner or another order
--   kept_count     bigint  banners
--   moved_count    bigint
--   entered_count  bigint
--   left_count     bigint
select
    pool_turnover.dataset,
    count(*) as pool_count,
    cast(
        sum(
            case
                when pool_turnover.moved_count > 0 then 1
                when pool_turnover.entered_count > 0 then 1
                when pool_turnover.left_count > 0 then 1
                else 0
            end
        ) as bigint
    ) as changed_count,
    cast(sum(pool_turnover.kept_count) as bigint) as kept_count,
    cast(sum(pool_turnover.moved_count) as bigint) as moved_count,
    cast(sum(pool_turnover.entered_count) as bigint) as entered_count,
    cast(sum(pool_turnover.left_count) as bigint) as left_count
from pool_turnover
group by pool_turnover.dataset
order by pool_turnover.dataset asc
