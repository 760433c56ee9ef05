"""P7: a run in which nothing changed, 1,000 steps with 100,000 input files."""

from bench import Number
from graphs import counting, many_files
from timing import medians_in_turn


def measure(bench):
    root = bench.repository("p7", counting(1000))
    many_files(root, 1000, 100_000)
    bench.headgate("run", "--progress", "quiet", cwd=root)
    bench.headgate("run", "--progress", "quiet", cwd=root)
    commands = [([bench.program, "run", "--progress", "quiet"], {"folder": root})]
    if bench.has("make"):
        bench.prepare("make", "--silent", cwd=root)
        commands.append((["make", "--silent"], {"folder": root}))
    ours, *peer = medians_in_turn(commands, min(bench.runs, 10))
    yield Number("run, nothing changed, 100,000 input files", ours, 0.5, "make", *peer)
