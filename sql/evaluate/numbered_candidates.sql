-- numbered_candidates: the candidates, numbered in the order of evaluation.
--
-- Grain: one row per (dataset, campaign_id, banner_id): every candidate.
-- Reads: banner_counts, stg_campaign_banners.
-- Columns:
--   candidate         bigint  0 first, no gaps
--   dataset           smallint
--   campaign_id       bigint
--   banner_id         bigint
--   tie_rank          bigint  place in the campaign's random order, 1 first
--   impression_count  bigint
--   click_count       bigint
select
    row_number() over (
        order by
            banner_counts.dataset asc,
            banner_counts.campaign_id asc,
            banner_counts.banner_id asc
    ) - 1 as candidate,
    banner_counts.dataset,
    banner_counts.campaign_id,
    banner_counts.banner_id,
    row_number() over (
        partition by banner_counts.dataset, banner_counts.campaign_id
        order by
            stg_campaign_banners.tie_key asc,
            banner_counts.banner_id asc
    ) as tie_rank,
    banner_counts.impression_count,
    banner_counts.click_count
from banner_counts
inner join stg_campaign_banners
    on banner_counts.dataset = stg_campaign_banners.dataset
    and banner_counts.campaign_id = stg_campaign_banners.campaign_id
    and banner_counts.banner_id = stg_campaign_banners.banner_id
