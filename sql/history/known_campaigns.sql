-- known_campaigns: the last row of each campaign, of what was known before and
-- of a later day.
--
-- Grain: one row per (campaign_id, dataset).
-- Reads: earlier_campaigns, later_campaigns.
-- Both have the columns of campaign_days; a campaign that is gone leaves none.
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
with together as (
    select
        earlier_campaigns.campaign_id,
        earlier_campaigns.dataset,
        earlier_campaigns.day,
        earlier_campaigns.build_id,
        earlier_campaigns.candidates,
        earlier_campaigns.converted,
        earlier_campaigns.revenue,
        earlier_campaigns.pool_revenue,
        earlier_campaigns.banner_ids
    from earlier_campaigns
    left join later_campaigns
        on earlier_campaigns.campaign_id = later_campaigns.campaign_id
        and earlier_campaigns.dataset = later_campaigns.dataset
    where later_campaigns.campaign_id is null
    union all
    select
        later_campaigns.campaign_id,
        later_campaigns.dataset,
        later_campaigns.day,
        later_campaigns.build_id,
        later_campaigns.candidates,
        later_campaigns.converted,
        later_campaigns.revenue,
        later_campaigns.pool_revenue,
        later_campaigns.banner_ids
    from later_campaigns
)

select * from together
where together.candidates > 0
order by
    together.dataset asc,
    together.campaign_id asc
