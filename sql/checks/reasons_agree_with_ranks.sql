-- reasons_agree_with_ranks: a reason begins with in_ where there is a
-- pool_rank and with out_ where there is none.
--
-- severity: error
-- Reads: banner_stats.
select
    banner_stats.dataset,
    banner_stats.campaign_id,
    banner_stats.banner_id,
    banner_stats.reason
from banner_stats
where
    banner_stats.reason is null
    or case
        when banner_stats.pool_rank is null
            then substr(banner_stats.reason, 1, 4) <> 'out_'
        else substr(banner_stats.reason, 1, 3) <> 'in_'
    end
