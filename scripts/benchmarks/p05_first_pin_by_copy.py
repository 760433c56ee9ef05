"""P5: the first pin of 20,000 files by copy, on ext4, written out to the disk."""

import shutil
import statistics

import disks
from bench import Number
from timing import seconds


def measure(bench):
    with disks.mounted(bench, "ext4") as disk:
        data = disk / "data"
        disks.fill(data)
        ours, peers = [], []
        for number in range(min(bench.runs, 5)):
            root = disks.project(bench, disk / str(number), {"location": data, "pin": "copy"})
            disks.settle(disk)
            ours.append(seconds([bench.program, "env", "update", "main"], folder=root)
                        + seconds(["sync", "--file-system", disk]))
            shutil.rmtree(disk / str(number))
            disks.settle(disk)
            peers.append(seconds(["cp", "-a", data, disk / "peer"]) + seconds(["sync", "--file-system", disk]))
            shutil.rmtree(disk / "peer")
        yield Number("first pin by copy, 20,000 files, ext4", statistics.median(ours), statistics.median(peers),
                     "cp -a", statistics.median(peers), is_scaled=False)
