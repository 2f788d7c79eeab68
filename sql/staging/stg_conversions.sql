-- stg_conversions: conversions, each once; ids with different contents are
-- left out. Orphans are still in it.
--
-- Grain: one row per (dataset, conversion_id).
-- Reads: loaded_conversions, repeated_conversions.
-- Columns:
--   dataset        smallint
--   conversion_id  bigint
--   click_id       bigint
--   revenue        decimal(18,6)
with single_conversions as (
    select
        loaded_conversions.dataset,
        loaded_conversions.conversion_id,
        loaded_conversions.click_id,
        loaded_conversions.revenue
    from loaded_conversions
    where not exists (
        select repeated_conversions.conversion_id
        from repeated_conversions
        where
            repeated_conversions.dataset = loaded_conversions.dataset
            and repeated_conversions.conversion_id
            = loaded_conversions.conversion_id
    )
),

duplicated_conversions as (
    select
        repeated_conversions.dataset,
        repeated_conversions.conversion_id,
        repeated_conversions.click_id,
        repeated_conversions.revenue
    from repeated_conversions
    where not repeated_conversions.is_conflict
)

select * from single_conversions
union all
select * from duplicated_conversions
