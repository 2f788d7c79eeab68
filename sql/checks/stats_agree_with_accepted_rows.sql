-- stats_agree_with_accepted_rows: no accepted row was lost or counted twice
-- between the files and banner_stats.
--
-- severity: error
-- Reads: banner_stats, inputs.
with accepted as (
    select
        inputs.dataset,
        sum(
            case when inputs.log = 'impressions' then inputs.accepted else 0 end
        ) as impressions,
        sum(case when inputs.log = 'clicks' then inputs.accepted else 0 end)
            as clicks,
        sum(
            case when inputs.log = 'conversions' then inputs.accepted else 0 end
        ) as conversions
    from inputs
    group by inputs.dataset
),

counted as (
    select
        banner_stats.dataset,
        sum(banner_stats.impressions) as impressions,
        sum(banner_stats.clicks) as clicks,
        sum(banner_stats.conversions) as conversions
    from banner_stats
    group by banner_stats.dataset
),

offending as (
    select
        accepted.dataset,
        accepted.impressions - coalesce(counted.impressions, 0)
            as lost_impressions,
        accepted.clicks - coalesce(counted.clicks, 0) as lost_clicks,
        accepted.conversions - coalesce(counted.conversions, 0)
            as lost_conversions
    from accepted
    left join counted
        on accepted.dataset = counted.dataset
)

select * from offending
where
    offending.lost_impressions <> 0
    or offending.lost_clicks <> 0
    or offending.lost_conversions <> 0
