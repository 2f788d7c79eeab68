-- stg_campaign_banners: the candidates, and the key of their random order.
--
-- Grain: one row per (dataset, campaign_id, banner_id) with an impression or
-- a click.
-- Reads: stg_impressions, stg_clicks. Variable: seed.
-- md5 differs by engine in name and type, so this step is staging, and hashes
-- each pair once, never a log row.
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
        md5(
            getvariable('seed')
            || '|' || cast(pairs.dataset as varchar)
            || '|' || cast(pairs.campaign_id as varchar)
            || '|' || cast(pairs.banner_id as varchar)
        ) as tie_key
    from pairs
)

select * from hashed
