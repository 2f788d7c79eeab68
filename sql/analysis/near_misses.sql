-- near_misses: which banners missed their pool by the least revenue?
--
-- Grain: one row per (dataset, campaign_id): the first that is out.
-- Reads: banner_stats.
-- Pools with ten converted banners only: of others no converted one is out.
-- Columns:
--   dataset       smallint
--   campaign_id   bigint
--   banner_id     bigint
--   revenue       decimal(18,6)
--   last_banner   bigint         the tenth, which is in
--   last_revenue  decimal(18,6)
--   missing       decimal(18,6)  0 = a tie, which clicks or the id decided
select
    outside.dataset,
    outside.campaign_id,
    outside.banner_id,
    outside.revenue,
    inside.banner_id as last_banner,
    inside.revenue as last_revenue,
    inside.revenue - outside.revenue as missing
from banner_stats as outside
inner join banner_stats as inside
    on outside.dataset = inside.dataset
    and outside.campaign_id = inside.campaign_id
    and outside.revenue_rank = inside.revenue_rank + 1
where
    inside.reason = 'in_top_revenue'
    and outside.reason = 'out_below_top_revenue'
order by
    missing asc,
    outside.dataset asc,
    outside.campaign_id asc
