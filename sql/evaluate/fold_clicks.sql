-- fold_clicks: how often each candidate was clicked in each fold.
--
-- Grain: one row per (candidate, fold) with a click.
-- Reads: stg_fold_clicks, numbered_candidates.
-- Columns:
--   candidate    bigint
--   fold         bigint  0 to 9
--   click_count  bigint
with counted as (
    select
        stg_fold_clicks.dataset,
        stg_fold_clicks.campaign_id,
        stg_fold_clicks.banner_id,
        stg_fold_clicks.fold,
        count(*) as click_count
    from stg_fold_clicks
    group by
        stg_fold_clicks.dataset,
        stg_fold_clicks.campaign_id,
        stg_fold_clicks.banner_id,
        stg_fold_clicks.fold
)

select
    numbered_candidates.candidate,
    counted.fold,
    counted.click_count
from counted
inner join numbered_candidates
    on counted.dataset = numbered_candidates.dataset
    and counted.campaign_id = numbered_candidates.campaign_id
    and counted.banner_id = numbered_candidates.banner_id
