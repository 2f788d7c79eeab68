-- pools_follow_the_size_rule: a pool has as many banners as its campaign's
-- converted banners ask for: ten, all of five to nine, or five in all.
--
-- severity: error
-- Reads: banner_stats, pools, rules.
with campaign_counts as (
    select
        banner_stats.dataset,
        banner_stats.campaign_id,
        count(*) as candidate_count,
        sum(case when banner_stats.conversions > 0 then 1 else 0 end)
            as converted_count
    from banner_stats
    group by
        banner_stats.dataset,
        banner_stats.campaign_id
),

expected as (
    select
        campaign_counts.dataset,
        campaign_counts.campaign_id,
        case
            when campaign_counts.converted_count >= rules.top_size
                then rules.top_size
            when campaign_counts.converted_count >= rules.fill_size
                then campaign_counts.converted_count
            when campaign_counts.candidate_count < rules.fill_size
                then campaign_counts.candidate_count
            else rules.fill_size
        end as banner_count
    from campaign_counts
    cross join rules
),

actual as (
    select
        pools.dataset,
        pools.campaign_id,
        count(*) as banner_count
    from pools
    group by
        pools.dataset,
        pools.campaign_id
),

offending as (
    select
        expected.dataset,
        expected.campaign_id,
        expected.banner_count as expected_count,
        coalesce(actual.banner_count, 0) as actual_count
    from expected
    left join actual
        on expected.dataset = actual.dataset
        and expected.campaign_id = actual.campaign_id
    where expected.banner_count <> coalesce(actual.banner_count, 0)
)

select * from offending
