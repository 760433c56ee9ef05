"""P10: hashing 1.3 GB for the first time."""

import os
import statistics

from bench import Number
from scale import sha256_rate
from timing import seconds

FILES, SIZE = 13, 100_000_000
CONFIGURATION = """\
version: 1
steps:
  s: {run: "true", inputs: [in]}
"""


def measure(bench):
    root = bench.repository("p10", {"headgate.yaml": CONFIGURATION, ".gitignore": "/in/\n"})
    (root / "in").mkdir()
    block = os.urandom(1_000_000)
    for number in range(FILES):
        with open(root / "in" / str(number), "wb") as file:
            for _ in range(SIZE // len(block)):
                file.write(block)
    nothing = [bench.program, "plan"]
    taken = []
    for _ in range(4):
        # Forgets what it knows of the files.
        for path in (root / ".git" / "headgate").glob("hashes*"):
            path.unlink()
        taken.append(seconds(nothing, folder=root, expect=10))
    budget = FILES * SIZE / (0.8 * len(os.sched_getaffinity(0)) * sha256_rate())
    peer = []
    if bench.has("sha256sum"):
        files = sorted(str(path) for path in (root / "in").iterdir())
        peer = [seconds(["sha256sum", *files], folder=root)]
    yield Number(
        "plan, 1.3 GB of input never seen before", statistics.median(taken[1:]), budget, "sha256sum", *peer, is_scaled=False)
