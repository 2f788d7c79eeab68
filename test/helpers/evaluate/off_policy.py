"""Off-policy estimates of the Open Bandit Dataset's small logs, in fractions: exact until the last division.

Usage: off_policy.py FOLDER (obp/dataset/obd of obp's source distribution). Prints JSON: for each campaign the value of the
random policy from the log of the other, the value of the other from the random log, and both logs' own means.
The other policy, Bernoulli Thompson sampling, changed its probabilities with time; how often it chose an item at a
position is what it was on average.
"""

import csv
import json
import sys
from collections import Counter
from fractions import Fraction
from pathlib import Path


def read_log(folder, policy, campaign):
    with open(Path(folder) / policy / campaign / f"{campaign}.csv", newline="") as file:
        return [
            ((row["item_id"], row["position"]), int(row["click"]), Fraction(row["propensity_score"]))
            for row in csv.DictReader(file)
        ]


def average_policy(log):
    pairs = Counter(pair for pair, _, _ in log)
    positions = Counter(position for (_, position), _, _ in log)
    return {pair: Fraction(count, positions[pair[1]]) for pair, count in pairs.items()}


def estimate(log, wanted):
    weights = [wanted(pair) / logged for pair, _, logged in log]
    rewards = sum(weight * click for weight, (_, click, _) in zip(weights, log))
    total = sum(weights)
    return {
        "weighted": float(rewards / len(log)),
        "self_normalised": float(rewards / total),
        "effective_decisions": float(total**2 / sum(weight**2 for weight in weights)),
    }


def mean(log):
    return float(Fraction(sum(click for _, click, _ in log), len(log)))


def compare(folder, campaign):
    random, other = (read_log(folder, policy, campaign) for policy in ("random", "bts"))
    even = Fraction(1, len({item for (item, _), _, _ in random}))
    policy = average_policy(other)
    return {
        "random_from_other": estimate(other, lambda pair: even),
        "other_from_random": estimate(random, lambda pair: policy.get(pair, Fraction(0))),
        "random_mean": mean(random),
        "other_mean": mean(other),
    }


if __name__ == "__main__":
    print(json.dumps({name: compare(sys.argv[1], name) for name in ("all", "men", "women")}))
