-- random_ranks: the random order of candidates that may fill a pool.
--
-- Grain: one row per (dataset, campaign_id, banner_id) of fill_candidates.
-- Reads: fill_candidates, stg_campaign_banners.
-- Columns:
--   dataset      smallint
--   campaign_id  bigint
--   banner_id    bigint
--   random_rank  bigint  1 = the first one drawn
select
    fill_candidates.dataset,
    fill_candidates.campaign_id,
    fill_candidates.banner_id,
    row_number() over (
        partition by fill_candidates.dataset, fill_candidates.campaign_id
        order by
            stg_campaign_banners.tie_key asc,
            fill_candidates.banner_id asc
    ) as random_rank
from fill_candidates
inner join stg_campaign_banners
    on fill_candidates.dataset = stg_campaign_banners.dataset
    and fill_candidates.campaign_id = stg_campaign_banners.campaign_id
    and fill_candidates.banner_id = stg_campaign_banners.banner_id
