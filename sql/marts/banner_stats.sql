-- banner_stats: every candidate, in its pool or out, and why.
--
-- Grain: one row per (dataset, campaign_id, banner_id): every candidate.
-- Reads: banner_counts, banner_ranks, pool_sizes, rules.
-- Columns:
--   dataset       smallint
--   campaign_id   bigint
--   banner_id     bigint
--   impressions   bigint
--   clicks        bigint
--   conversions   bigint
--   revenue       decimal(18,6)
--   revenue_rank  bigint
--   click_rank    bigint
--   pool_rank     bigint   null = out
--   source        varchar  as in banner_counts
--   reason        varchar  a code of contract/schema.ts
select
    banner_counts.dataset,
    banner_counts.campaign_id,
    banner_counts.banner_id,
    banner_counts.impression_count as impressions,
    banner_counts.click_count as clicks,
    banner_counts.conversion_count as conversions,
    banner_counts.revenue,
    banner_ranks.revenue_rank,
    banner_ranks.click_rank,
    case
        when banner_ranks.pool_order <= pool_sizes.pool_size
            then banner_ranks.pool_order
    end as pool_rank,
    banner_counts.source,
    case
        when banner_ranks.pool_order <= pool_sizes.pool_size then
            case
                when banner_counts.source = 'random' then 'in_random_fill'
                when banner_counts.source = 'revenue'
                    and pool_sizes.converted_count >= rules.top_size
                    then 'in_top_revenue'
                when banner_counts.source = 'revenue' then 'in_converted'
                when pool_sizes.converted_count > 0
                    then 'in_clicks_after_converted'
                else 'in_top_clicks'
            end
        when banner_counts.source = 'revenue' then 'out_below_top_revenue'
        when pool_sizes.converted_count >= rules.fill_size
            then 'out_not_converted'
        when banner_counts.source = 'clicks' then 'out_below_top_clicks'
        when pool_sizes.found_count >= rules.fill_size then 'out_no_clicks'
        else 'out_not_drawn'
    end as reason
from banner_counts
inner join banner_ranks
    on banner_counts.dataset = banner_ranks.dataset
    and banner_counts.campaign_id = banner_ranks.campaign_id
    and banner_counts.banner_id = banner_ranks.banner_id
inner join pool_sizes
    on banner_counts.dataset = pool_sizes.dataset
    and banner_counts.campaign_id = pool_sizes.campaign_id
cross join rules
