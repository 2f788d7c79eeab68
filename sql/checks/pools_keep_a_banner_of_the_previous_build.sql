-- pools_keep_a_banner_of_the_previous_build: no pool has changed altogether
-- since the build before.
--
-- severity: warn
-- Reads: pools, previous_pools.
with both_builds as (
    select
        previous_pools.dataset,
        previous_pools.campaign_id,
        sum(case when pools.banner_id is null then 0 else 1 end) as kept_count
    from previous_pools
    left join pools
        on previous_pools.dataset = pools.dataset
        and previous_pools.campaign_id = pools.campaign_id
        and previous_pools.banner_id = pools.banner_id
    group by
        previous_pools.dataset,
        previous_pools.campaign_id
),

pooled as (
    select distinct
        pools.dataset,
        pools.campaign_id
    from pools
)

select
    both_builds.dataset,
    both_builds.campaign_id
from both_builds
inner join pooled
    on both_builds.dataset = pooled.dataset
    and both_builds.campaign_id = pooled.campaign_id
where both_builds.kept_count = 0
