"""P2: an environment with a writable copy of 20,000 files, on XFS with reflinks."""

import statistics

import disks
from bench import Number
from timing import seconds


def measure(bench):
    with disks.mounted(bench, "xfs") as disk:
        root = disks.project(bench, disk, {"writable": "true"})
        disks.fill(root / "data/raw")
        bench.headgate("env", "update", "main", cwd=root)
        ours, peers = [], []
        for number in range(min(bench.runs, 5)):
            disks.settle(disk)
            ours.append(seconds([bench.program, "env", "create", f"ours-{number}"], folder=root))
            disks.settle(disk)
            peers.append(seconds(["cp", "-a", "--reflink=always", root / "data/raw", disk / f"peer-{number}"]))
        peer = statistics.median(peers)
        yield Number("environment, writable, 20,000 files, XFS", statistics.median(ours), 0.7 * peer,
                     "cp -a --reflink", peer, is_scaled=False)
