"""P8: a run in which one file changed, among 300,000."""

import statistics

from bench import Number
from graphs import counting, many_files
from timing import seconds

STEPS = 300


def measure(bench):
    root = bench.repository("p8", counting(STEPS))
    many_files(root, STEPS, 300_000)
    bench.headgate("run", "--progress", "quiet", cwd=root)
    bench.headgate("run", "--progress", "quiet", cwd=root)
    makes = bench.has("make")
    if makes:
        bench.prepare("make", "--silent", cwd=root)
    ours, peer = [], []
    for number in range(min(bench.runs, 7)):
        (root / "in" / "7" / "3.txt").write_text(f"changed {number}\n")
        ours.append(seconds([bench.program, "run", "--progress", "quiet"], folder=root))
        if makes:
            peer.append(seconds(["make", "--silent"], folder=root))
    # The first one reads what the runs before it wrote.
    peers = [statistics.median(peer[1:])] if makes else []
    yield Number("run, one file changed among 300,000", statistics.median(ours[1:]), 1.0, "make", *peers)
