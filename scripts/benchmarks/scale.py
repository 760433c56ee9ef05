"""How fast this machine is, next to the one that the budgets were written on."""

import hashlib
import math
import subprocess
import time
from dataclasses import dataclass

from timing import median_seconds

# What the machine of the budgets takes: an empty static process, `git --version`, and one core's SHA-256.
REFERENCE_PROCESS = 0.00054
REFERENCE_GIT = 0.0012
REFERENCE_SHA256 = 1.76e9


@dataclass(frozen=True)
class Scale:
    process: float  # seconds
    git: float  # seconds
    sha256: float  # bytes a second

    @classmethod
    def measured(cls, folder):
        source, empty = folder / "empty.c", folder / "empty"
        source.write_text("int main(void) { return 0; }\n")
        subprocess.run(["cc", "-Os", "-static", "-o", empty, source], check=True)
        return cls(
            process=median_seconds([empty], runs=200),
            git=median_seconds(["git", "--version"], runs=100),
            sha256=sha256_rate(),
        )

    @property
    def slowness(self):
        """By what a budget in seconds is multiplied: the geometric mean of how much slower processes are here."""
        return math.sqrt((self.process / REFERENCE_PROCESS) * (self.git / REFERENCE_GIT))

    def sentences(self):
        yield f"empty static process {self.process * 1e3:.2f} ms (reference {REFERENCE_PROCESS * 1e3:.2f} ms)"
        yield f"git --version        {self.git * 1e3:.2f} ms (reference {REFERENCE_GIT * 1e3:.2f} ms)"
        yield f"SHA-256, one core    {self.sha256 / 1e9:.2f} GB/s (reference {REFERENCE_SHA256 / 1e9:.2f} GB/s)"
        yield f"budgets in time are multiplied by {self.slowness:.2f}"


def sha256_rate():
    """Bytes a second that one core hashes: the best of five, so that a neighbour does not count."""
    block = bytes(64 * 1024 * 1024)
    best = math.inf
    for _ in range(5):
        start = time.perf_counter()
        hashlib.sha256(block).digest()
        best = min(best, time.perf_counter() - start)
    return len(block) / best
