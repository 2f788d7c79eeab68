-- ctr_outliers: which banners are clicked at least three times as often as
-- their campaign?
--
-- Grain: one row per (dataset, campaign_id, banner_id) that is.
-- Reads: banner_stats.
-- Fewer than 20 impressions say little of a rate. More clicks than impressions
-- are a fault of a log, or of someone who clicks for money.
-- Columns:
--   dataset       smallint
--   campaign_id   bigint
--   banner_id     bigint
--   impressions   bigint
--   clicks        bigint
--   ctr           double
--   campaign_ctr  double
with rated as (
    select
        banner_stats.dataset,
        banner_stats.campaign_id,
        banner_stats.banner_id,
        banner_stats.impressions,
        banner_stats.clicks,
        sum(banner_stats.clicks) over campaign as campaign_clicks,
        sum(banner_stats.impressions) over campaign as campaign_impressions
    from banner_stats
    window campaign as (
        partition by banner_stats.dataset, banner_stats.campaign_id
    )
)

select
    rated.dataset,
    rated.campaign_id,
    rated.banner_id,
    rated.impressions,
    rated.clicks,
    round(rated.clicks / nullif(rated.impressions, 0), 4) as ctr,
    round(rated.campaign_clicks / nullif(rated.campaign_impressions, 0), 4)
        as campaign_ctr
from rated
where
    rated.impressions >= 20
    and rated.clicks * rated.campaign_impressions
        >= rated.campaign_clicks * rated.impressions * 3
order by
    ctr desc,
    rated.dataset asc,
    rated.campaign_id asc,
    rated.banner_id asc
