-- banner_days: the banners that differ from what was known before today.
--
-- Grain: one row per (banner_id).
-- Reads: banner_figures, earlier_banners.
-- The last row of each banner counts; a banner that is gone has a row without
-- candidates.
-- Columns:
--   banner_id    bigint
--   day          varchar
--   build_id     varchar
--   candidates   bigint
--   pools        bigint
--   impressions  bigint
--   clicks       bigint
--   conversions  bigint
--   revenue      decimal(18,6)
with known as (
    select
        earlier_banners.banner_id,
        earlier_banners.candidates,
        earlier_banners.pools,
        earlier_banners.impressions,
        earlier_banners.clicks,
        earlier_banners.conversions,
        earlier_banners.revenue,
        row_number() over (
            partition by earlier_banners.banner_id
            order by earlier_banners.day desc, earlier_banners.build_id asc
        ) as place
    from earlier_banners
),

last_known as (
    select
        known.banner_id,
        known.candidates,
        known.pools,
        known.impressions,
        known.clicks,
        known.conversions,
        known.revenue
    from known
    where known.place = 1
)

select
    coalesce(banner_figures.banner_id, last_known.banner_id) as banner_id,
    cast(getvariable('day') as varchar) as day,
    cast(getvariable('build_id') as varchar) as build_id,
    coalesce(banner_figures.candidates, 0) as candidates,
    coalesce(banner_figures.pools, 0) as pools,
    coalesce(banner_figures.impressions, 0) as impressions,
    coalesce(banner_figures.clicks, 0) as clicks,
    coalesce(banner_figures.conversions, 0) as conversions,
    cast(coalesce(banner_figures.revenue, 0) as decimal(18,6)) as revenue
from banner_figures
full outer join last_known
    on banner_figures.banner_id = last_known.banner_id
where
    coalesce(banner_figures.candidates, 0)
    <> coalesce(last_known.candidates, 0)
    or coalesce(banner_figures.pools, 0)
    <> coalesce(last_known.pools, 0)
    or coalesce(banner_figures.impressions, 0)
    <> coalesce(last_known.impressions, 0)
    or coalesce(banner_figures.clicks, 0)
    <> coalesce(last_known.clicks, 0)
    or coalesce(banner_figures.conversions, 0)
    <> coalesce(last_known.conversions, 0)
    or coalesce(banner_figures.revenue, 0)
    <> coalesce(last_known.revenue, 0)
order by banner_id asc
