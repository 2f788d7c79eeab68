-- pool_sizes: how many banners each campaign's pool takes at most.
--
-- Grain: one row per (dataset, campaign_id).
-- Reads: candidates, rules.
-- Columns:
--   dataset          smallint
--   campaign_id      bigint
--   converted_count  bigint  X in the business rules
--   found_count      bigint  candidates that are converted or clicked
--   pool_size        bigint  a campaign with fewer candidates has them all
with campaign_counts as (
    select
        candidates.dataset,
        candidates.campaign_id,
        cast(
            sum(case when candidates.source = 'revenue' then 1 else 0 end)
            as bigint
        ) as converted_count,
        cast(
            sum(case when candidates.source = 'random' then 0 else 1 end)
            as bigint
        ) as found_count
    from candidates
    group by
        candidates.dataset,
        candidates.campaign_id
),

sized as (
    select
        campaign_counts.dataset,
        campaign_counts.campaign_id,
        campaign_counts.converted_count,
        campaign_counts.found_count,
        case
            when campaign_counts.converted_count >= rules.top_size
                then cast(rules.top_size as bigint)
            when campaign_counts.converted_count >= rules.fill_size
                then campaign_counts.converted_count
            else cast(rules.fill_size as bigint)
        end as pool_size
    from campaign_counts
    cross join rules
)

select * from sized
