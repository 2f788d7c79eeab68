-- quarters_compared: how do the four quarters of the hour compare?
--
-- Grain: one row per (dataset).
-- Reads: banner_stats.
-- Columns:
--   dataset              smallint
--   campaigns            bigint
--   impressions          bigint
--   ctr                  double         clicks per impression
--   conversion_rate      double         conversions per click
--   revenue              decimal(38,6)
--   revenue_per_thousand double         per thousand impressions
select
    banner_stats.dataset,
    count(distinct banner_stats.campaign_id) as campaigns,
    cast(sum(banner_stats.impressions) as bigint) as impressions,
    round(
        sum(banner_stats.clicks) / nullif(sum(banner_stats.impressions), 0),
        4
    ) as ctr,
    round(
        sum(banner_stats.conversions) / nullif(sum(banner_stats.clicks), 0),
        4
    ) as conversion_rate,
    sum(banner_stats.revenue) as revenue,
    round(
        sum(banner_stats.revenue) * 1000
            / nullif(sum(banner_stats.impressions), 0),
        2
    ) as revenue_per_thousand
from banner_stats
group by banner_stats.dataset
order by banner_stats.dataset asc
