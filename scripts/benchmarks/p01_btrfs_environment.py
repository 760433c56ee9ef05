"""P1: an environment with a writable copy of 20,000 files, on btrfs."""

import disks
from bench import Number
from timing import seconds


def measure(bench):
    with disks.mounted(bench, "btrfs") as disk:
        root = disks.project(bench, disk, {"writable": "true"})
        (root / "data").mkdir()
        bench.prepare("btrfs", "subvolume", "create", root / "data/raw", cwd=root)
        disks.fill(root / "data/raw")
        ours, peer = disks.environments(
            bench, disk, root, 7,
            lambda number: seconds(
                ["git", "worktree", "add", "-b", f"peer-{number}", disk / f"peer-{number}"], folder=root)
            + seconds(["btrfs", "subvolume", "snapshot", root / "data/raw", disk / f"snapshot-{number}"]))
        disks.settle(disk)
        copy = seconds(["cp", "-a", "--reflink=always", root / "data/raw", disk / "copy"])
        yield Number("environment, writable, 20,000 files, btrfs", ours, 1.3 * peer,
                     "git worktree + snapshot", peer, is_scaled=False)
        yield Number("  the same beside a copy with reflinks", ours, 1.3 * peer,
                     "cp -a --reflink", copy, is_scaled=False)
