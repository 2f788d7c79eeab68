-- special_conversions: where the conversions of special banners stand.
--
-- Grain: one row per row_index.
-- Reads: special_rows.
-- Columns:
--   row_index        bigint  0 = the first row of the file
--   click_index  bigint  of the converted click in its file
--   revenue         decimal(18,6)
with converted as (
    select
        row_index as click_index,
        revenue,
        row_number() over (order by row_index) - 1 as nth,
        count(*) over () as special_count
    from special_rows
    where table_name = 'clicks'
        and revenue is not null
)

select
    special_index(
        getvariable('conversions'),
        special_count,
        nth,
        random_at('special conversions', nth)
    ) as row_index,
    click_index,
    revenue
from converted
