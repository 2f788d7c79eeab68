-- special_banners: the banners of plan.csv that this dataset has.
--
-- Grain: one row per (campaign_id, banner_id).
-- Reads: the file in the variable plan.
-- Columns:
--   campaign_id       bigint
--   banner_id         bigint         shifted by 100 per dataset, so that the
--                                    pools of two datasets differ
--   impression_count  bigint
--   click_count       bigint
--   revenues          decimal(18,6)[]  one per conversion, at most click_count
with planned as (
    select
        cast(campaign_id as bigint) as campaign_id,
        cast(banner_id as bigint) as plan_banner_id,
        cast(string_split(datasets, ' ') as bigint[]) as datasets,
        cast(impressions as bigint) as impression_count,
        cast(clicks as bigint) as click_count,
        cast(
            string_split_regex(coalesce(revenues, ''), ' ') as varchar[]
        ) as revenue_texts
    from read_csv(getvariable('plan'), header = true, all_varchar = true)
)

select
    campaign_id,
    plan_banner_id + 100 * (getvariable('dataset') - 1) as banner_id,
    impression_count,
    click_count,
    cast(
        list_filter(revenue_texts, lambda revenue: revenue <> '')
        as decimal(18, 6)[]
    ) as revenues
from planned
where list_contains(datasets, getvariable('dataset'))
