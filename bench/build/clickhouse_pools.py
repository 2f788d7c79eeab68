"""The pools as one would write them with ClickHouse, inside the process (chdb): clickhouse_pools.py INPUT, without any check."""

import hashlib
import sys

import chdb

from measure import print_sample

TYPES = {
    "impressions": "banner_id Int64, campaign_id Int64",
    "clicks": "click_id Int64, banner_id Int64, campaign_id Int64",
    "conversions": "conversion_id Int64, click_id Int64, revenue Decimal(18, 6)",
}

POOLS = """
with stats as (
    select
        campaign_id,
        banner_id,
        sum(clicks) as clicks,
        sum(conversions) as conversions,
        sum(revenue) as revenue,
        multiIf(conversions > 0, 1, clicks > 0, 2, 3) as place
    from (
        select campaign_id, banner_id, 0 as clicks, 0 as conversions, toDecimal64(0, 6) as revenue
        from {impressions}
        group by campaign_id, banner_id
        union all
        select campaign_id, banner_id, count() as clicks, 0 as conversions, toDecimal64(0, 6) as revenue
        from {clicks}
        group by campaign_id, banner_id
        union all
        select campaign_id, banner_id, 0 as clicks, count() as conversions, sum(revenue) as revenue
        from {clicks} as clicked
        inner join {conversions} as converted on clicked.click_id = converted.click_id
        group by campaign_id, banner_id
    )
    group by campaign_id, banner_id
),

ranked as (
    select
        campaign_id,
        banner_id,
        row_number() over (
            partition by campaign_id
            order by place, revenue desc, clicks desc, random_key, banner_id
        ) as rank,
        countIf(place = 1) over (partition by campaign_id) as found
    from (
        select
            *,
            if(
                place = 3,
                lower(hex(MD5('0|{dataset}|' || toString(campaign_id) || '|' || toString(banner_id)))),
                ''
            ) as random_key
        from stats
    )
)

select {dataset} as dataset, campaign_id, rank, banner_id
from ranked
where rank <= if(found >= 5, least(found, 10), 5)
order by campaign_id, rank
format CSV
"""


def pools_of_dataset(folder: str, dataset: int) -> str:
    files = {
        table: f"file('{folder}/{dataset}/{table}_{dataset}.csv', CSVWithNames, '{types}')"
        for table, types in TYPES.items()
    }
    return chdb.query(POOLS.format(dataset=dataset, **files)).data()


def main() -> None:
    lines = "".join(pools_of_dataset(sys.argv[1], dataset) for dataset in (1, 2, 3, 4))
    print_sample(hashlib.sha256(lines.encode()).hexdigest())


main()
