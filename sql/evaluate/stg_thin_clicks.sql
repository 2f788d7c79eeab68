-- stg_thin_clicks: all clicks of the campaigns with few converted banners in
-- some half sample, with their 64 half samples.
--
-- Grain: one row per (dataset, click_id) of a campaign in thin_campaigns.
-- Reads: stg_clicks, numbered_candidates, thin_campaigns.
-- md5 differs by engine in name and type, so this step is staging.
-- Columns:
--   dataset    smallint
--   click_id   bigint
--   candidate  bigint
--   high_bits  bigint  the sides of splits 32 to 63, the lowest bit first
--   low_bits   bigint  the sides of splits 0 to 31
with hashed as (
    select
        stg_clicks.dataset,
        stg_clicks.click_id,
        numbered_candidates.candidate,
        md5(
            cast(stg_clicks.dataset as varchar)
            || '|' || cast(stg_clicks.click_id as varchar)
        ) as digits
    from stg_clicks
    inner join numbered_candidates
        on stg_clicks.dataset = numbered_candidates.dataset
        and stg_clicks.campaign_id = numbered_candidates.campaign_id
        and stg_clicks.banner_id = numbered_candidates.banner_id
    inner join thin_campaigns
        on stg_clicks.dataset = thin_campaigns.dataset
        and stg_clicks.campaign_id = thin_campaigns.campaign_id
)

select
    hashed.dataset,
    hashed.click_id,
    hashed.candidate,
    cast('0x' || substr(hashed.digits, 9, 8) as bigint) as high_bits,
    cast('0x' || substr(hashed.digits, 17, 8) as bigint) as low_bits
from hashed
