-- lists_are_published_whole: every accepted row of banners.csv and of
-- campaign_banners.csv is published, once.
--
-- severity: error
-- Reads: banners, campaign_banners, inputs.
with accepted as (
    select
        inputs.log,
        sum(inputs.accepted) as row_count
    from inputs
    where inputs.dataset is null
    group by inputs.log
),

published as (
    select
        'banners' as log,
        count(*) as row_count,
        count(distinct banners.banner_id) as key_count
    from banners
    union all
    select
        'campaign_banners' as log,
        count(*) as row_count,
        count(*) as key_count
    from campaign_banners
),

compared as (
    select
        published.log,
        coalesce(accepted.row_count, 0) as accepted,
        published.row_count as published,
        published.key_count
    from published
    left join accepted
        on published.log = accepted.log
)

select * from compared
where
    compared.accepted <> compared.published
    or compared.published <> compared.key_count
