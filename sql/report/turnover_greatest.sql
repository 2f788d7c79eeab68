-- turnover_greatest: the ten pools with the most banners that entered or left.
--
-- Grain: one row per (dataset, campaign_id) among the ten.
-- Reads: pool_turnover.
-- Columns:
--   dataset        smallint
--   campaign_id    bigint
--   kept_count     bigint
--   moved_count    bigint
--   entered_count  bigint
--   left_count     bigint
--   place          bigint  1 = the most
with placed as (
    select
        pool_turnover.dataset,
        pool_turnover.campaign_id,
        pool_turnover.kept_count,
        pool_turnover.moved_count,
        pool_turnover.entered_count,
        pool_turnover.left_count,
        row_number() over (
            order by
                pool_turnover.entered_count + pool_turnover.left_count desc,
                pool_turnover.kept_count asc,
                pool_turnover.dataset asc,
                pool_turnover.campaign_id asc
        ) as place
    from pool_turnover
    where pool_turnover.entered_count + pool_turnover.left_count > 0
)

select * from placed
where placed.place <= 10
order by placed.place asc
