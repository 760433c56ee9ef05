"""P4: the first pin of 20,000 files in place, on ext4."""

import os
import statistics
import time

import disks
from bench import Number
from timing import seconds


def measure(bench):
    with disks.mounted(bench, "ext4") as disk:
        disks.fill(disk / "data")
        # A repository for each run: only the first pin looks at every file.
        roots = [
            disks.project(bench, disk / str(number), {"location": disk / "data", "pin": "in-place"})
            for number in range(bench.runs + 1)]
        walk(disk / "data")
        before = disks.used_bytes(disk)
        ours = [seconds([bench.program, "env", "update", "main"], folder=root) for root in roots]
        grown = disks.used_bytes(disk) - before
        walks = [walk(disk / "data") for _ in range(bench.runs)]
        yield Number("first pin in place, 20,000 files, ext4", statistics.median(ours[1:]), 0.080,
                     "a walk in one thread", statistics.median(walks))
        yield Number("  what it takes on disk", grown / len(roots), disks.FILES * 300, is_scaled=False, unit="B")


def walk(folder):
    """The seconds in which one thread asks for the metadata of every file below a folder."""
    start = time.perf_counter()
    for parent, _, names in os.walk(folder):
        for name in names:
            os.lstat(os.path.join(parent, name))
    return time.perf_counter() - start
