"""What the ways in Python share: the key of the random order, and the figures of the process as a line of JSON."""

import hashlib
import json
import resource
import time

START = time.perf_counter()


def random_key(dataset: int, campaign: int, banner: int) -> str:
    return hashlib.md5(f"0|{dataset}|{campaign}|{banner}".encode()).hexdigest()


def print_sample(pools: str) -> None:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    print(
        json.dumps(
            {
                "wallMs": (time.perf_counter() - START) * 1000,
                "cpuMs": (usage.ru_utime + usage.ru_stime) * 1000,
                "peakMb": usage.ru_maxrss / 1024,
                "pools": pools,
            }
        )
    )
