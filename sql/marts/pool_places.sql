-- pool_places: each candidate's place in the order of its campaign's pool.
--
-- Grain: one row per (dataset, campaign_id, banner_id): every candidate.
-- Reads: banner_ranks, pool_sizes, random_ranks.
-- Pool order is revenue order for the converted, then click order for the
-- clicked (revenue order has them so), then random order: a pool of n banners
-- is the first n of it.
-- Columns:
--   dataset           smallint
--   campaign_id       bigint
--   banner_id         bigint
--   impression_count  bigint
--   click_count       bigint
--   conversion_count  bigint
--   revenue           decimal(18,6)
--   revenue_rank      bigint
--   click_rank        bigint
--   source            varchar        as in candidates
--   converted_count   bigint         as in pool_sizes
--   found_count       bigint         as in pool_sizes
--   pool_size         bigint         as in pool_sizes
--   pool_order        bigint         null: no pool needs it at random
select
    banner_ranks.dataset,
    banner_ranks.campaign_id,
    banner_ranks.banner_id,
    banner_ranks.impression_count,
    banner_ranks.click_count,
    banner_ranks.conversion_count,
    banner_ranks.revenue,
    banner_ranks.revenue_rank,
    banner_ranks.click_rank,
    banner_ranks.source,
    pool_sizes.converted_count,
    pool_sizes.found_count,
    pool_sizes.pool_size,
    case
        when banner_ranks.source = 'random'
            then pool_sizes.found_count + random_ranks.random_rank
        else banner_ranks.revenue_rank
    end as pool_order
from banner_ranks
inner join pool_sizes
    on banner_ranks.dataset = pool_sizes.dataset
    and banner_ranks.campaign_id = pool_sizes.campaign_id
left join random_ranks
    on banner_ranks.dataset = random_ranks.dataset
    and banner_ranks.campaign_id = random_ranks.campaign_id
    and banner_ranks.banner_id = random_ranks.banner_id
