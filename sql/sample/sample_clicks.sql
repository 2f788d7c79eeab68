-- sample_clicks: the rows of a clicks file, in file order.
--
-- An ordinary click repeats the banner and campaign of some ordinary
-- impression, one at an odd index, so it never lacks an impression.
-- Reads: the list in the variable special_clicks.
-- Columns:
--   click_id     bigint
--   banner_id    bigint
--   campaign_id  bigint
with clicks as (
    select
        range as row_index,
        random_at(
            'impressions',
            random_at('clicks', range)
            % (getvariable('impressions') // 2) * 2 + 1
        ) as random,
        special_at(
            getvariable('special_clicks'),
            getvariable('clicks'),
            range
        ) as special
    from range(getvariable('clicks'))
)

select
    getvariable('first_click_id') + row_index as click_id,
    coalesce(special.banner_id, ordinary_banner(random)) as banner_id,
    coalesce(special.campaign_id, ordinary_campaign(random)) as campaign_id
from clicks
