-- stg_campaign_banners: the candidates, and the key of their random order.
--
-- Grain: one row per (dataset, campaign_id, banner_id) with an impression or
-- a click.
-- Reads: stg_impressions, stg_clicks, seeds.
-- As sql/staging/stg_campaign_banners.sql, with the names and types that md5
-- has in Trino and Athena.
-- Columns:
--   dataset      smallint
--   campaign_id  bigint
--   banner_id    bigint
--   tie_key      varchar  md5 in lower-case hexadecimal
with pairs as (
    select
        stg_impressions.dataset,
        stg_impressions.campaign_id,
        stg_impressions.banner_id
    from stg_impressions
    union
    select
        stg_clicks.dataset,
        stg_clicks.campaign_id,
        stg_clicks.banner_id
    from stg_clicks
),

hashed as (
    select
        pairs.dataset,
        pairs.campaign_id,
        pairs.banner_id,
        lower(
            to_hex(
                md5(
                    to_utf8(
                        seeds.seed
                        || '|' || cast(pairs.dataset as varchar)
                        || '|' || cast(pairs.campaign_id as varchar)
                        || '|' || cast(pairs.banner_id as varchar)
                    )
                )
            )
        ) as tie_key
    from pairs
    cross join seeds
)

select * from hashed
