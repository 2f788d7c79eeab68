-- banner_stats: every candidate, in its pool or out, and why.
--
-- Grain: one row per (dataset, campaign_id, banner_id): every candidate.
-- Reads: pool_places, rules.
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
--   source        varchar  as in candidates
--   reason        varchar  a code of contract/schema.ts
select
    pool_places.dataset,
    pool_places.campaign_id,
    pool_places.banner_id,
    pool_places.impression_count as impressions,
    pool_places.click_count as clicks,
    pool_places.conversion_count as conversions,
    pool_places.revenue,
    pool_places.revenue_rank,
    pool_places.click_rank,
    case
        when pool_places.pool_order <= pool_places.pool_size
            then pool_places.pool_order
    end as pool_rank,
    pool_places.source,
    case
        when pool_places.pool_order <= pool_places.pool_size then
            case
                when pool_places.source = 'random' then 'in_random_fill'
                when pool_places.source = 'revenue'
                    and pool_places.converted_count >= rules.top_size
                    then 'in_top_revenue'
                when pool_places.source = 'revenue' then 'in_converted'
                when pool_places.converted_count > 0
                    then 'in_clicks_after_converted'
                else 'in_top_clicks'
            end
        when pool_places.source = 'revenue' then 'out_below_top_revenue'
        when pool_places.converted_count >= rules.fill_size
            then 'out_not_converted'
        when pool_places.source = 'clicks' then 'out_below_top_clicks'
        when pool_places.found_count >= rules.fill_size then 'out_no_clicks'
        else 'out_not_drawn'
    end as reason
from pool_places
cross join rules
