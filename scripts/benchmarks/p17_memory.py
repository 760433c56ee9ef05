"""P17: the largest memory that headgate takes, its steps apart, with 300,000 input files."""

from bench import Number
from graphs import counting, many_files
from timing import measured

BUDGET = 200e6


def measure(bench):
    root = bench.repository("p17", counting(300))
    many_files(root, 300, 300_000)
    run = [bench.program, "run", "--progress", "quiet"]

    def memory(work, command, **options):
        return Number(work, measured(command, folder=root, **options)[1], BUDGET, is_scaled=False, unit="B")

    yield memory("memory of the first run, 300,000 input files", run)
    yield memory("memory of a run that finds nothing changed", run)
    yield memory("memory of a run in which nothing changed", run)
    (root / "in" / "7" / "3.txt").write_text("changed\n")
    yield memory("memory of a plan after one change", [bench.program, "plan"], expect=10)
    yield memory("memory of a run after one change", run)
