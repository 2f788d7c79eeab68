-- campaign_banners: the published file, in its types and order.
--
-- Reads: campaign_banners.
select
    campaign_banners.campaign_id,
    campaign_banners.banner_id
from campaign_banners
order by
    campaign_banners.campaign_id asc,
    campaign_banners.banner_id asc
