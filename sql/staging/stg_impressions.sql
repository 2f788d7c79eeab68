-- stg_impressions: how often each banner of a campaign was shown.
--
-- Grain: one row per (dataset, campaign_id, banner_id) with an impression.
-- Reads: loaded_impressions, where each file's rows are counted already.
-- Repeated rows are ordinary events: all of them count.
-- Columns:
--   dataset           smallint
--   campaign_id       bigint
--   banner_id         bigint
--   impression_count  bigint
select
    loaded_impressions.dataset,
    loaded_impressions.campaign_id,
    loaded_impressions.banner_id,
    cast(sum(loaded_impressions.row_count) as bigint) as impression_count
from loaded_impressions
group by
    loaded_impressions.dataset,
    loaded_impressions.campaign_id,
    loaded_impressions.banner_id
