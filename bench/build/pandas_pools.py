"""The pools as one would write them with pandas: pandas_pools.py INPUT, without any check of the input."""

import hashlib
import sys

import numpy
import pandas

from measure import print_sample, random_key

KEY = ["campaign_id", "banner_id"]


def pools_of_dataset(folder: str, dataset: int) -> pandas.DataFrame:
    def read(table: str) -> pandas.DataFrame:
        return pandas.read_csv(f"{folder}/{dataset}/{table}_{dataset}.csv", engine="pyarrow")

    impressions = read("impressions").groupby(KEY).size().rename("impressions")
    clicks = read("clicks")
    converted = read("conversions").merge(clicks, on="click_id")
    earned = converted.groupby(KEY).agg(conversions=("revenue", "size"), revenue=("revenue", "sum"))
    clicked = clicks.groupby(KEY).size().rename("clicks")
    stats = pandas.concat([impressions, clicked, earned], axis=1).fillna(0).reset_index()
    # A float sum is good to far fewer digits than it shows; ties must be ties.
    stats["revenue"] = stats["revenue"].round(6)
    stats["place"] = numpy.select([stats.conversions > 0, stats.clicks > 0], [1, 2], 3)
    stats["key"] = ""
    drawn = stats.place == 3
    stats.loc[drawn, "key"] = [
        random_key(dataset, campaign, banner) for campaign, banner in stats.loc[drawn, KEY].itertuples(index=False)
    ]
    found = stats.groupby("campaign_id").place.agg(lambda place: (place == 1).sum())
    size = found.clip(upper=10).where(found >= 5, 5)
    stats = stats.sort_values(
        ["campaign_id", "place", "revenue", "clicks", "key", "banner_id"],
        ascending=[True, True, False, False, True, True],
    )
    stats["rank"] = stats.groupby("campaign_id").cumcount() + 1
    pools = stats[stats["rank"] <= stats.campaign_id.map(size)]
    return pools.assign(dataset=dataset)[["dataset", "campaign_id", "rank", "banner_id"]]


def main() -> None:
    pools = pandas.concat([pools_of_dataset(sys.argv[1], dataset) for dataset in (1, 2, 3, 4)])
    lines = pools.to_csv(index=False, header=False, lineterminator="\n")
    print_sample(hashlib.sha256(lines.encode()).hexdigest())


main()
