-- banners: how banners are shown and where a click leads, each once; one with
-- two different rows is left out.
--
-- Grain: one row per (banner_id).
-- Reads: loaded_banners.
-- Columns:
--   banner_id  bigint
--   click_url  varchar  null = not given, and so for the others
--   alt        varchar
--   width      integer
--   height     integer
with distinct_rows as (
    select distinct
        loaded_banners.banner_id,
        loaded_banners.click_url,
        loaded_banners.alt,
        loaded_banners.width,
        loaded_banners.height
    from loaded_banners
),

single_banners as (
    select distinct_rows.banner_id
    from distinct_rows
    group by distinct_rows.banner_id
    having count(*) = 1
),

kept as (
    select
        distinct_rows.banner_id,
        distinct_rows.click_url,
        distinct_rows.alt,
        distinct_rows.width,
        distinct_rows.height
    from distinct_rows
    inner join single_banners
        on distinct_rows.banner_id = single_banners.banner_id
)

select * from kept
