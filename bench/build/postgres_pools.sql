-- The design that was replaced: the logs as tables, two views, and a
-- materialised view that the request handler asks. No check of the input.
create view campaign_banner as
select
    dataset,
    campaign_id,
    banner_id,
    count(*) as impressions
from impressions
group by
    dataset,
    campaign_id,
    banner_id;

create view conversions_and_clicks_agg as
select
    clicks.dataset,
    clicks.campaign_id,
    clicks.banner_id,
    count(*) as clicks,
    count(conversions.click_id) as conversions,
    coalesce(sum(conversions.revenue), 0) as revenue
from clicks
left join
    (
        select
            dataset,
            click_id,
            sum(revenue) as revenue
        from conversions
        group by
            dataset,
            click_id
    ) as conversions
    on clicks.dataset = conversions.dataset
    and clicks.click_id = conversions.click_id
group by
    clicks.dataset,
    clicks.campaign_id,
    clicks.banner_id;

create materialized view top_banners as
with candidates as (
    select
        dataset,
        campaign_id,
        banner_id,
        coalesce(clicks, 0) as clicks,
        coalesce(revenue, 0) as revenue,
        case
            when conversions > 0 then 1
            when clicks > 0 then 2
            else 3
        end as place
    from campaign_banner
    full join conversions_and_clicks_agg
        using (dataset, campaign_id, banner_id)
),

ranked as (
    select
        dataset,
        campaign_id,
        banner_id,
        row_number() over (
            partition by dataset, campaign_id
            order by
                place asc,
                revenue desc,
                clicks desc,
                case
                    when place = 3
                        then md5(concat_ws('|', 0, dataset, campaign_id, banner_id))
                    else ''
                end collate "C" asc,
                banner_id asc
        ) as rank,
        count(*) filter (where place = 1) over (
            partition by dataset, campaign_id
        ) as converted
    from candidates
)

select
    dataset,
    campaign_id,
    rank,
    banner_id
from ranked
where rank <= case when converted >= 5 then least(converted, 10) else 5 end;
