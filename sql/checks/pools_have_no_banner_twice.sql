-- pools_have_no_banner_twice: a pool names each banner once.
--
-- severity: error
-- Reads: pools.
select
    pools.dataset,
    pools.campaign_id,
    pools.banner_id
from pools
group by
    pools.dataset,
    pools.campaign_id,
    pools.banner_id
having count(*) > 1
