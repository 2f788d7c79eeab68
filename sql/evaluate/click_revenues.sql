-- click_revenues: what each converted click earned; its conversions summed.
--
-- Grain: one row per (dataset, click_id) with a conversion.
-- Reads: stg_conversions. Orphans are still in it.
-- Columns:
--   dataset   smallint
--   click_id  bigint
--   revenue   decimal(18,6)
select
    stg_conversions.dataset,
    stg_conversions.click_id,
    cast(sum(stg_conversions.revenue) as decimal(18, 6)) as revenue
from stg_conversions
group by
    stg_conversions.dataset,
    stg_conversions.click_id
