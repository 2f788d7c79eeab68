-- sources_agree_with_figures: the source of a banner in a pool is revenue if
-- it is converted, clicks if it is only clicked, else random.
--
-- severity: error
-- Reads: pools.
select
    pools.dataset,
    pools.campaign_id,
    pools.rank,
    pools.source
from pools
where
    pools.source is null
    or pools.source <> case
        when pools.conversions > 0 then 'revenue'
        when pools.clicks > 0 then 'clicks'
        else 'random'
    end
