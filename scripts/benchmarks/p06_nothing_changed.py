"""P6: a run in which nothing changed, 1,000 steps."""

from bench import Number
from copies import project
from timing import medians_in_turn


def measure(bench):
    root = bench.repository("p6", project(1000))
    bench.headgate("run", "--progress", "quiet", cwd=root)
    commands = [([bench.program, "run", "--progress", "quiet"], {"folder": root})]
    if bench.has("make"):
        bench.prepare("make", "--silent", cwd=root)
        commands.append((["make", "--silent"], {"folder": root}))
    ours, *peer = medians_in_turn(commands, bench.runs)
    yield Number("run, nothing changed, 1,000 steps", ours, 0.040, "make", *peer)
