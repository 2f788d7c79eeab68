-- stg_fold_clicks: the fold of each click.
--
-- Grain: one row per (dataset, click_id).
-- Reads: stg_clicks.
-- md5 differs by engine in name and type, so this step is staging.
-- Columns:
--   dataset      smallint
--   click_id     bigint
--   campaign_id  bigint
--   banner_id    bigint
--   fold         bigint  0 to 9
select
    stg_clicks.dataset,
    stg_clicks.click_id,
    stg_clicks.campaign_id,
    stg_clicks.banner_id,
    cast(
        '0x' || substr(
            md5(
                cast(stg_clicks.dataset as varchar)
                || '|' || cast(stg_clicks.click_id as varchar)
            ),
            1,
            8
        ) as bigint
    ) % 10 as fold
from stg_clicks
