-- campaign_days: the campaigns that differ from what was known before today.
--
-- Grain: one row per (campaign_id, dataset).
-- Reads: campaign_figures, known_campaigns.
-- A campaign that is gone has a row without candidates.
-- Columns:
--   campaign_id   bigint
--   dataset       smallint
--   day           varchar
--   build_id      varchar
--   candidates    bigint
--   converted     bigint
--   revenue       decimal(18,6)
--   pool_revenue  decimal(18,6)
--   banner_ids    varchar
select
    coalesce(
        campaign_figures.campaign_id,
        known_campaigns.campaign_id
    ) as campaign_id,
    coalesce(campaign_figures.dataset, known_campaigns.dataset) as dataset,
    cast(getvariable('day') as varchar) as day,
    cast(getvariable('build_id') as varchar) as build_id,
    coalesce(campaign_figures.candidates, 0) as candidates,
    coalesce(campaign_figures.converted, 0) as converted,
    cast(coalesce(campaign_figures.revenue, 0) as decimal(18,6)) as revenue,
    cast(
        coalesce(campaign_figures.pool_revenue, 0) as decimal(18,6)
    ) as pool_revenue,
    coalesce(campaign_figures.banner_ids, '') as banner_ids
from campaign_figures
full outer join known_campaigns
    on campaign_figures.campaign_id = known_campaigns.campaign_id
    and campaign_figures.dataset = known_campaigns.dataset
where
    coalesce(campaign_figures.candidates, 0)
    <> coalesce(known_campaigns.candidates, 0)
    or coalesce(campaign_figures.converted, 0)
    <> coalesce(known_campaigns.converted, 0)
    or coalesce(campaign_figures.revenue, 0)
    <> coalesce(known_campaigns.revenue, 0)
    or coalesce(campaign_figures.pool_revenue, 0)
    <> coalesce(known_campaigns.pool_revenue, 0)
    or coalesce(campaign_figures.banner_ids, '')
    <> coalesce(known_campaigns.banner_ids, '')
order by
    dataset asc,
    campaign_id asc
