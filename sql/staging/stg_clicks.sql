-- stg_clicks: clicks, each once; ids with different contents are left out.
--
-- Grain: one row per (dataset, click_id).
-- Reads: loaded_clicks, repeated_clicks.
-- Columns:
--   dataset      smallint
--   click_id     bigint
--   banner_id    bigint
--   campaign_id  bigint
with single_clicks as (
    select
        loaded_clicks.dataset,
        loaded_clicks.click_id,
        loaded_clicks.banner_id,
        loaded_clicks.campaign_id
    from loaded_clicks
    where not exists (
        select repeated_clicks.click_id
        from repeated_clicks
        where
            repeated_clicks.dataset = loaded_clicks.dataset
            and repeated_clicks.click_id = loaded_clicks.click_id
    )
),

duplicated_clicks as (
    select
        repeated_clicks.dataset,
        repeated_clicks.click_id,
        repeated_clicks.banner_id,
        repeated_clicks.campaign_id
    from repeated_clicks
    where not repeated_clicks.is_conflict
)

select * from single_clicks
union all
select * from duplicated_clicks
