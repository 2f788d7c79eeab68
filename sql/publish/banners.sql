-- banners: the published file, in its types and order.
--
-- Reads: banners.
select
    banners.banner_id,
    banners.click_url,
    banners.alt,
    banners.width,
    banners.height
from banners
order by banners.banner_id asc
