-- candidate_campaigns_have_a_pool: a campaign with a candidate serves one.
--
-- severity: error
-- Reads: banner_stats, pools.
with pooled as (
    select distinct
        pools.dataset,
        pools.campaign_id
    from pools
)

select distinct
    banner_stats.dataset,
    banner_stats.campaign_id
from banner_stats
left join pooled
    on banner_stats.dataset = pooled.dataset
    and banner_stats.campaign_id = pooled.campaign_id
where pooled.campaign_id is null
