-- rules: the two sizes of the business rules, the only place where they stand.
--
-- Grain: one row.
-- Reads: nothing.
-- Columns:
--   top_size   integer  converted banners of a pool at most (design: 10)
--   fill_size  integer  banners of a pool with fewer converted ones (design: 5)
select
    10 as top_size,
    5 as fill_size
