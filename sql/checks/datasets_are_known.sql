-- datasets_are_known: every candidate is in one of the four datasets.
--
-- severity: error
-- Reads: banner_stats, datasets.
select
    banner_stats.dataset,
    banner_stats.campaign_id,
    banner_stats.banner_id
from banner_stats
left join datasets
    on banner_stats.dataset = datasets.dataset
where datasets.dataset is null
