-- stg_split_clicks: converted clicks with their fold and their 64 half samples.
--
-- Grain: one row per (dataset, click_id) with a conversion.
-- Reads: converted_clicks.
-- md5 differs by engine in name and type, so this step is staging.
-- Columns:
--   dataset    smallint
--   click_id   bigint
--   candidate  bigint
--   revenue    decimal(18,6)
--   fold       bigint  0 to 9
--   high_bits  bigint  the sides of splits 32 to 63, the lowest bit first
--   low_bits   bigint  the sides of splits 0 to 31
with hashed as (
    select
        converted_clicks.dataset,
        converted_clicks.click_id,
        converted_clicks.candidate,
        converted_clicks.revenue,
        md5(
            cast(converted_clicks.dataset as varchar)
            || '|' || cast(converted_clicks.click_id as varchar)
        ) as digits
    from converted_clicks
)

select
    hashed.dataset,
    hashed.click_id,
    hashed.candidate,
    hashed.revenue,
    cast('0x' || substr(hashed.digits, 1, 8) as bigint) % 10 as fold,
    cast('0x' || substr(hashed.digits, 9, 8) as bigint) as high_bits,
    cast('0x' || substr(hashed.digits, 17, 8) as bigint) as low_bits
from hashed
