"""P3: an environment that takes over its parent's pin of 20,000 files, on ext4."""

import statistics

import disks
from bench import Number
from timing import seconds


def measure(bench):
    with disks.mounted(bench, "ext4") as disk:
        root = disks.project(bench, disk, {})
        disks.fill(root / "data/raw")
        bench.headgate("env", "update", "main", cwd=root)
        ours, worktrees = [], []
        before = disks.used_bytes(disk)
        for number in range(bench.runs):
            ours.append(seconds([bench.program, "env", "create", f"ours-{number}"], folder=root))
        between = disks.used_bytes(disk)
        for number in range(bench.runs):
            worktrees.append(seconds(["git", "worktree", "add", "-b", f"peer-{number}", disk / f"peer-{number}"], folder=root))
        after = disks.used_bytes(disk)
        copy = seconds(["cp", "-a", root / "data/raw", disk / "copy"])
        yield Number("environment, 20,000 files pinned already, ext4", statistics.median(ours), 0.060,
                     "git worktree add", statistics.median(worktrees))
        yield Number("  the same beside a copy", statistics.median(ours), 0.060, "cp -a", copy)
        yield Number("  what it takes on disk beyond the worktree", max(0, (between - before) - (after - between)) / bench.runs,
                     100_000, is_scaled=False, unit="B")
