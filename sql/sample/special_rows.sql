-- special_rows: where the impressions and clicks of special banners stand.
--
-- Grain: one row per (table_name, row_index).
-- Reads: special_banners.
-- Columns:
--   table_name   varchar  'impressions' or 'clicks'
--   row_index     bigint  0 = the first row of the file
--   campaign_id  bigint
--   banner_id    bigint
--   revenue      decimal(18,6)  of the click's conversion; null = none
with counted as (
    select
        'impressions' as table_name,
        campaign_id,
        banner_id,
        impression_count as banner_row_count,
        cast([] as decimal(18, 6)[]) as revenues
    from special_banners
    union all
    select
        'clicks' as table_name,
        campaign_id,
        banner_id,
        click_count as banner_row_count,
        revenues
    from special_banners
),

repeated as (
    select
        table_name,
        campaign_id,
        banner_id,
        revenues,
        unnest(range(1, banner_row_count + 1)) as nth_of_banner
    from counted
),

shuffled as (
    select
        table_name,
        campaign_id,
        banner_id,
        revenues[nth_of_banner] as revenue,
        row_number() over (
            partition by table_name
            order by
                hash(
                    getvariable('seed'), campaign_id, banner_id, nth_of_banner
                ),
                campaign_id,
                banner_id,
                nth_of_banner
        ) - 1 as nth,
        count(*) over (partition by table_name) as special_count
    from repeated
)

select
    table_name,
    special_index(
        case table_name
            when 'clicks' then getvariable('clicks')
            else getvariable('impressions')
        end,
        special_count,
        nth,
        random_at('special ' || table_name, nth)
    ) as row_index,
    campaign_id,
    banner_id,
    revenue
from shuffled
