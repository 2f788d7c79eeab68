-- datasets_have_pools: each of the four datasets has a pool.
--
-- severity: warn
-- Reads: datasets, pools.
-- Not an error: a dataset may be empty, or missing by --allow-missing. The
-- server then answers 204 in that quarter of the hour.
select datasets.dataset
from datasets
left join pools
    on datasets.dataset = pools.dataset
where pools.dataset is null
