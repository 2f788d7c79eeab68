-- campaigns_of_the_previous_build_remain: no pool of the build before is gone.
--
-- severity: warn
-- Reads: pools, previous_pools.
with gone as (
    select distinct
        previous_pools.dataset,
        previous_pools.campaign_id
    from previous_pools
    left join pools
        on previous_pools.dataset = pools.dataset
        and previous_pools.campaign_id = pools.campaign_id
    where pools.campaign_id is null
)

select * from gone
