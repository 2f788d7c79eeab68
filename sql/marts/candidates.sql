-- candidates: every candidate, and the order that it can come from.
--
-- Grain: one row per (dataset, campaign_id, banner_id): every candidate.
-- Reads: banner_counts.
-- Columns:
--   dataset           smallint
--   campaign_id       bigint
--   banner_id         bigint
--   impression_count  bigint
--   click_count       bigint
--   conversion_count  bigint
--   revenue           decimal(18,6)
--   source            varchar        'revenue' if converted, 'clicks' if
--                                    clicked, else 'random'
select
    banner_counts.dataset,
    banner_counts.campaign_id,
    banner_counts.banner_id,
    banner_counts.impression_count,
    banner_counts.click_count,
    banner_counts.conversion_count,
    banner_counts.revenue,
    case
        when banner_counts.conversion_count > 0 then 'revenue'
        when banner_counts.click_count > 0 then 'clicks'
        else 'random'
    end as source
from banner_counts
