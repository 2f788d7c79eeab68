-- pools_have_every_converted_banner_up_to_top_size: a pool holds as many
-- converted banners as there are, or ten.
--
-- severity: error
-- Reads: banner_stats, rules.
-- The system replaced sorted the wrong way; none of its pools passes this.
with campaign_counts as (
    select
        banner_stats.dataset,
        banner_stats.campaign_id,
        sum(case when banner_stats.conversions > 0 then 1 else 0 end)
            as converted_count,
        sum(
            case
                when banner_stats.conversions > 0
                    and banner_stats.pool_rank is not null then 1
                else 0
            end
        ) as converted_in_count
    from banner_stats
    group by
        banner_stats.dataset,
        banner_stats.campaign_id
)

select
    campaign_counts.dataset,
    campaign_counts.campaign_id,
    campaign_counts.converted_count,
    campaign_counts.converted_in_count
from campaign_counts
cross join rules
where campaign_counts.converted_in_count <> case
    when campaign_counts.converted_count > rules.top_size then rules.top_size
    else campaign_counts.converted_count
end
