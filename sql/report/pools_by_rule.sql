-- pools_by_rule: how many pools each business rule made, per dataset.
--
-- Grain: one row per (dataset, rule).
-- Reads: banner_stats, rules.
-- Columns:
--   dataset         smallint
--   rule            varchar  by the number of converted banners
--   pool_count      bigint
--   filled_count    bigint   pools with a random fill
--   short_count     bigint   pools with fewer than fill_size banners
with campaign_counts as (
    select
        banner_stats.dataset,
        banner_stats.campaign_id,
        count(banner_stats.pool_rank) as pool_size,
        sum(case when banner_stats.conversions > 0 then 1 else 0 end)
            as converted_count,
        max(case when banner_stats.reason = 'in_random_fill' then 1 else 0 end)
            as is_filled
    from banner_stats
    group by
        banner_stats.dataset,
        banner_stats.campaign_id
),

ruled as (
    select
        campaign_counts.dataset,
        campaign_counts.is_filled,
        case
            when campaign_counts.pool_size < rules.fill_size then 1
            else 0
        end as is_short,
        case
            when campaign_counts.converted_count >= rules.top_size
                then 'top_revenue'
            when campaign_counts.converted_count >= rules.fill_size
                then 'all_converted'
            when campaign_counts.converted_count > 0
                then 'converted_then_clicks'
            else 'top_clicks'
        end as rule
    from campaign_counts
    cross join rules
),

counted as (
    select
        ruled.dataset,
        ruled.rule,
        count(*) as pool_count,
        cast(sum(ruled.is_filled) as bigint) as filled_count,
        cast(sum(ruled.is_short) as bigint) as short_count
    from ruled
    group by
        ruled.dataset,
        ruled.rule
)

select * from counted
order by
    counted.dataset asc,
    counted.rule asc
