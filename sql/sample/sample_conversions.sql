-- sample_conversions: the rows of a conversions file, in file order.
--
-- An ordinary conversion belongs to an ordinary click, at an odd index, one
-- in each stretch of equal length, so no click converts twice. Revenue is
-- uniform from 0.3 to 1.5, as in the real data.
-- Reads: the list in the variable special_conversions.
-- Columns:
--   conversion_id  bigint
--   click_id       bigint
--   revenue        decimal(18,6)
with conversions as (
    select
        range as row_index,
        converted_index(
            getvariable('clicks'),
            getvariable('conversions'),
            range,
            random_at('converted clicks', range)
        ) as click_index,
        random_at('revenue', range) % 1200001 + 300000 as millionths,
        special_at(
            getvariable('special_conversions'),
            getvariable('conversions'),
            range
        ) as special
    from range(getvariable('conversions'))
)

select
    getvariable('first_conversion_id') + row_index as conversion_id,
    getvariable('first_click_id')
    + coalesce(special.click_index, click_index) as click_id,
    coalesce(
        special.revenue,
        cast(cast(millionths as decimal(9, 0)) * 0.000001 as decimal(18, 6))
    ) as revenue
from conversions
