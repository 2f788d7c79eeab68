-- banner_ranks: each candidate's place in the orders of the business rules.
--
-- Grain: one row per (dataset, campaign_id, banner_id): every candidate.
-- Reads: candidates.
-- Columns:
--   dataset           smallint
--   campaign_id       bigint
--   banner_id         bigint
--   impression_count  bigint
--   click_count       bigint
--   conversion_count  bigint
--   revenue           decimal(18,6)
--   source            varchar        as in candidates
--   revenue_rank      bigint         the converted come first, then the
--                                    clicked in click order
--   click_rank        bigint
select
    candidates.dataset,
    candidates.campaign_id,
    candidates.banner_id,
    candidates.impression_count,
    candidates.click_count,
    candidates.conversion_count,
    candidates.revenue,
    candidates.source,
    row_number() over (
        partition by candidates.dataset, candidates.campaign_id
        order by
            case when candidates.source = 'revenue' then 0 else 1 end asc,
            candidates.revenue desc,
            candidates.click_count desc,
            candidates.banner_id asc
    ) as revenue_rank,
    row_number() over (
        partition by candidates.dataset, candidates.campaign_id
        order by candidates.click_count desc, candidates.banner_id asc
    ) as click_rank
from candidates
