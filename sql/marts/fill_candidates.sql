-- fill_candidates: candidates that may fill a pool, at random.
--
-- Grain: one row per (dataset, campaign_id, banner_id) of source 'random',
-- in campaigns with too few converted or clicked banners.
-- Reads: candidates, pool_sizes, rules.
-- Columns:
--   dataset      smallint
--   campaign_id  bigint
--   banner_id    bigint
select
    candidates.dataset,
    candidates.campaign_id,
    candidates.banner_id
from candidates
inner join pool_sizes
    on candidates.dataset = pool_sizes.dataset
    and candidates.campaign_id = pool_sizes.campaign_id
cross join rules
where
    candidates.source = 'random'
    and pool_sizes.found_count < rules.fill_size
