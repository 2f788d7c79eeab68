-- sample_impressions: the rows of an impressions file, in file order.
--
-- Reads: the list in the variable special_impressions.
-- Columns:
--   banner_id    bigint
--   campaign_id  bigint
with impressions as (
    select
        random_at('impressions', range) as random,
        special_at(
            getvariable('special_impressions'),
            getvariable('impressions'),
            range
        ) as special
    from range(getvariable('impressions'))
)

select
    coalesce(special.banner_id, ordinary_banner(random)) as banner_id,
    coalesce(special.campaign_id, ordinary_campaign(random)) as campaign_id
from impressions
