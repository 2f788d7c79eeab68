-- campaign_figures: what a campaign is in a build.
--
-- Grain: one row per (dataset, campaign_id) with a candidate.
-- Reads: banner_stats.
-- Columns:
--   campaign_id   bigint
--   dataset       smallint
--   candidates    bigint
--   converted     bigint         candidates with a conversion
--   revenue       decimal(18,6)  of all candidates
--   pool_revenue  decimal(18,6)
--   banner_ids    varchar        of the pool by rank, joined by commas
select
    banner_stats.campaign_id,
    banner_stats.dataset,
    count(*) as candidates,
    count(*) filter (where banner_stats.conversions > 0) as converted,
    coalesce(
        try_cast(sum(banner_stats.revenue) as decimal(18,6)),
        999999999999.999999
    ) as revenue,
    coalesce(
        try_cast(
            sum(banner_stats.revenue)
                filter (where banner_stats.pool_rank is not null)
            as decimal(18,6)
        ),
        0
    ) as pool_revenue,
    coalesce(
        string_agg(
            cast(banner_stats.banner_id as varchar),
            ',' order by banner_stats.pool_rank asc
        ) filter (where banner_stats.pool_rank is not null),
        ''
    ) as banner_ids
from banner_stats
group by
    banner_stats.campaign_id,
    banner_stats.dataset
