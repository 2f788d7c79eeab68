-- no_better_banner_is_out: no candidate outside a pool earned more than one
-- inside, or was clicked more often where both earned the same.
--
-- severity: error
-- Reads: banner_stats.
-- Converted banners stand before all others, whatever they earned.
with least_in as (
    select
        banner_stats.dataset,
        banner_stats.campaign_id,
        max(banner_stats.revenue_rank) as revenue_rank
    from banner_stats
    where banner_stats.pool_rank is not null
    group by
        banner_stats.dataset,
        banner_stats.campaign_id
),

offending as (
    select
        outside.dataset,
        outside.campaign_id,
        outside.banner_id as outside_banner_id,
        inside.banner_id as inside_banner_id
    from least_in
    inner join banner_stats as inside
        on least_in.dataset = inside.dataset
        and least_in.campaign_id = inside.campaign_id
        and least_in.revenue_rank = inside.revenue_rank
    inner join banner_stats as outside
        on least_in.dataset = outside.dataset
        and least_in.campaign_id = outside.campaign_id
    where
        outside.pool_rank is null
        and case
            when (outside.conversions > 0) <> (inside.conversions > 0)
                then outside.conversions > 0
            when outside.revenue <> inside.revenue
                then outside.revenue > inside.revenue
            else outside.clicks > inside.clicks
        end
)

select * from offending
