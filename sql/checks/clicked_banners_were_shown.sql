-- clicked_banners_were_shown: a banner with clicks has an impression.
--
-- severity: warn
-- Reads: banner_stats.
-- The clicks count all the same: the banner was shown, its log is not whole.
select
    banner_stats.dataset,
    banner_stats.campaign_id,
    banner_stats.banner_id,
    banner_stats.clicks
from banner_stats
where
    banner_stats.clicks > 0
    and banner_stats.impressions = 0
