-- conflicting_banners: banners with two different rows, and how many lines they
-- have.
--
-- Grain: one row per (banner_id).
-- Reads: loaded_banners, banners.
-- Columns:
--   banner_id   bigint
--   line_count  bigint
select
    loaded_banners.banner_id,
    count(*) as line_count
from loaded_banners
left join banners
    on loaded_banners.banner_id = banners.banner_id
where banners.banner_id is null
group by loaded_banners.banner_id
