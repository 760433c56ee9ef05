"""How cost grows with size: runs in which nothing changed, and in which one file did."""

import statistics

from graphs import counting, independent, many_files, project
from timing import seconds


def rows(bench):
    """Yields what is counted, how many, the seconds of a run without change, and with one."""
    for count in (100, 1_000, 10_000):
        root = bench.repository(f"growth-steps-{count}", project(independent(count)))
        yield "steps", count, *times(bench, root, root / "in" / "7.txt")
    for count in (1_000, 10_000, 100_000):
        root = bench.repository(f"growth-files-{count}", counting(10))
        many_files(root, 10, count)
        yield "files", count, *times(bench, root, root / "in" / "7" / "3.txt")


def times(bench, root, file):
    run = [bench.program, "run", "--progress", "quiet"]
    for _ in range(2):
        seconds(run, folder=root)
    repeats = min(bench.runs, 7)
    nothing = statistics.median(seconds(run, folder=root) for _ in range(repeats))
    changed = []
    for number in range(repeats):
        file.write_text(f"changed {number}\n")
        changed.append(seconds(run, folder=root))
    return nothing, statistics.median(changed)


def show(bench):
    print(f"{'':<8} {'':>8} {'nothing':>12} {'each':>10} {'one change':>12} {'each':>10}")
    for what, count, nothing, changed in rows(bench):
        print(
            f"{what:<8} {count:>8,} {nothing * 1e3:>9.1f} ms {nothing / count * 1e6:>7.1f} µs"
            f" {changed * 1e3:>9.1f} ms {changed / count * 1e6:>7.1f} µs", flush=True)
