-- banner_ranks: each candidate's place in the orders of the business rules.
--
-- Grain: one row per (dataset, campaign_id, banner_id): every candidate.
-- Reads: banner_counts.
-- The pool order is revenue order for the converted, then click order for the
-- clicked, then random order: a pool of n banners is the first n of it.
-- Columns:
--   dataset       smallint
--   campaign_id   bigint
--   banner_id     bigint
--   revenue_rank  bigint  the converted come first
--   click_rank    bigint
--   pool_order    bigint
with placed as (
    select
        banner_counts.dataset,
        banner_counts.campaign_id,
        banner_counts.banner_id,
        banner_counts.revenue,
        banner_counts.click_count,
        case
            when banner_counts.source = 'revenue' then 1
            when banner_counts.source = 'clicks' then 2
            else 3
        end as place,
        case
            when banner_counts.source = 'random' then banner_counts.tie_key
            else ''
        end as random_key
    from banner_counts
),

ranked as (
    select
        placed.dataset,
        placed.campaign_id,
        placed.banner_id,
        row_number() over (
            partition by placed.dataset, placed.campaign_id
            order by
                case when placed.place = 1 then 0 else 1 end asc,
                placed.revenue desc,
                placed.click_count desc,
                placed.banner_id asc
        ) as revenue_rank,
        row_number() over (
            partition by placed.dataset, placed.campaign_id
            order by placed.click_count desc, placed.banner_id asc
        ) as click_rank,
        row_number() over (
            partition by placed.dataset, placed.campaign_id
            order by
                placed.place asc,
                placed.revenue desc,
                placed.click_count desc,
                placed.random_key asc,
                placed.banner_id asc
        ) as pool_order
    from placed
)

select * from ranked
