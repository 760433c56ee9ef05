"""P2: an environment with a writable copy of 20,000 files, on XFS with reflinks."""

import disks
from bench import Number
from timing import seconds


def measure(bench):
    with disks.mounted(bench, "xfs") as disk:
        root = disks.project(bench, disk, {"writable": "true"})
        disks.fill(root / "data/raw")
        ours, peer = disks.environments(
            bench, disk, root, 5,
            lambda number: seconds(["cp", "-a", "--reflink=always", root / "data/raw", disk / f"peer-{number}"]))
        yield Number("environment, writable, 20,000 files, XFS", ours, 0.7 * peer,
                     "cp -a --reflink", peer, is_scaled=False)
