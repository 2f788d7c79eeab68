-- pools_ranks_have_no_gaps: the ranks of a pool are 1, 2, 3 and so on.
--
-- severity: error
-- Reads: pools.
with numbered as (
    select
        pools.dataset,
        pools.campaign_id,
        pools.rank,
        row_number() over (
            partition by pools.dataset, pools.campaign_id
            order by pools.rank asc, pools.banner_id asc
        ) as expected_rank
    from pools
)

select * from numbered
where numbered.rank <> numbered.expected_rank
