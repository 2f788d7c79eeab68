-- build_row: what a build is in the history, beside what its manifest says.
--
-- Grain: one row.
-- Reads: campaign_figures.
-- Columns:
--   campaigns     bigint         with a pool
--   pools         bigint
--   candidates    bigint
--   revenue       decimal(18,6)  null: more than the type holds
--   pool_revenue  decimal(18,6)
select
    count(distinct campaign_figures.campaign_id)
        filter (where campaign_figures.banner_ids <> '') as campaigns,
    count(*) filter (where campaign_figures.banner_ids <> '') as pools,
    cast(coalesce(sum(campaign_figures.candidates), 0) as bigint) as candidates,
    try_cast(
        coalesce(sum(campaign_figures.revenue), 0) as decimal(18,6)
    ) as revenue,
    try_cast(
        coalesce(sum(campaign_figures.pool_revenue), 0) as decimal(18,6)
    ) as pool_revenue
from campaign_figures
