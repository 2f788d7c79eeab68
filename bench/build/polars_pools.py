"""The pools as one would write them with polars, streaming: polars_pools.py INPUT, without any check of the input."""

import hashlib
import sys

import polars

from measure import print_sample, random_key

KEY = ["campaign_id", "banner_id"]


def pools_of_dataset(folder: str, dataset: int) -> polars.DataFrame:
    def scan(table: str) -> polars.LazyFrame:
        types = {"revenue": polars.Decimal(18, 6)} if table == "conversions" else {}
        return polars.scan_csv(f"{folder}/{dataset}/{table}_{dataset}.csv", schema_overrides=types)

    clicks = scan("clicks")
    shown = scan("impressions").group_by(KEY).agg(impressions=polars.len())
    clicked = clicks.group_by(KEY).agg(clicks=polars.len())
    earned = (
        scan("conversions")
        .join(clicks, on="click_id")
        .group_by(KEY)
        .agg(conversions=polars.len(), revenue=polars.col("revenue").sum())
    )
    shown, clicked, earned = polars.collect_all([shown, clicked, earned], engine="streaming")
    stats = shown.join(clicked, on=KEY, how="full", coalesce=True).join(earned, on=KEY, how="left")
    stats = stats.with_columns(polars.col("clicks", "conversions", "revenue").fill_null(0))
    place = polars.when(polars.col("conversions") > 0).then(1).when(polars.col("clicks") > 0).then(2).otherwise(3)
    stats = stats.with_columns(place=place)
    stats = stats.with_columns(
        key=polars.Series(
            [random_key(dataset, c, b) if p == 3 else "" for c, b, p in stats.select(*KEY, "place").iter_rows()],
            dtype=polars.String,
        )
    )
    found = (polars.col("place") == 1).sum().over("campaign_id")
    order = ["campaign_id", "place", "revenue", "clicks", "key", "banner_id"]
    return (
        stats.with_columns(size=polars.when(found >= 5).then(found.clip(upper_bound=10)).otherwise(5))
        .sort(order, descending=[False, False, True, True, False, False])
        .with_columns(rank=polars.int_range(1, polars.len() + 1).over("campaign_id"))
        .filter(polars.col("rank") <= polars.col("size"))
        .select(polars.lit(dataset).alias("dataset"), "campaign_id", "rank", "banner_id")
    )


def main() -> None:
    pools = polars.concat([pools_of_dataset(sys.argv[1], dataset) for dataset in (1, 2, 3, 4)])
    print_sample(hashlib.sha256(pools.write_csv(include_header=False).encode()).hexdigest())


main()
