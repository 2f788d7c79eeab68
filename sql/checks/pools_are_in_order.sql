-- pools_are_in_order: within a pool the converted come first, most revenue on
-- top, then the clicked, most clicks on top, then the drawn.
--
-- severity: error
-- Reads: pools.
with placed as (
    select
        pools.dataset,
        pools.campaign_id,
        pools.rank,
        pools.banner_id,
        pools.revenue,
        pools.clicks,
        case
            when pools.source = 'revenue' then 1
            when pools.source = 'clicks' then 2
            else 3
        end as place
    from pools
),

pairs as (
    select
        upper_row.dataset,
        upper_row.campaign_id,
        upper_row.rank,
        case
            when upper_row.place <> lower_row.place
                then upper_row.place < lower_row.place
            when upper_row.place = 3 then true
            when upper_row.revenue <> lower_row.revenue
                then upper_row.revenue > lower_row.revenue
            when upper_row.clicks <> lower_row.clicks
                then upper_row.clicks > lower_row.clicks
            else upper_row.banner_id < lower_row.banner_id
        end as is_ordered
    from placed as upper_row
    inner join placed as lower_row
        on upper_row.dataset = lower_row.dataset
        and upper_row.campaign_id = lower_row.campaign_id
        and upper_row.rank + 1 = lower_row.rank
)

select * from pairs
where not pairs.is_ordered
