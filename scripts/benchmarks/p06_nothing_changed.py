"""P6: a run in which nothing changed."""

import statistics

import graphs
import peers
from bench import Number
from timing import medians_in_turn, seconds

# dvc takes a quarter of a second for each stage that it runs first.
FEW = 200


def measure(bench):
    for shape, make_shape in [
        ("", graphs.independent), (", a chain", graphs.chain), (", a fan", graphs.fan), (", diamonds", graphs.diamonds),
    ]:
        yield beside_make(bench, f"p6{shape.split(' ')[-1]}", f"run, nothing changed, 1,000 steps{shape}", make_shape(1000))
    for tool, prepare in [("dvc", peers.dvc), ("snakemake", peers.snakemake)]:
        root = bench.repository(f"p6-{tool}", graphs.project(graphs.independent(FEW)))
        found = prepare(bench, root)
        if found is None:
            continue
        command, options = found
        seconds(command, **options)
        run = [bench.program, "run", "--progress", "quiet"]
        bench.headgate(*run[1:], cwd=root)
        peer = statistics.median(seconds(command, **options) for _ in range(3))
        (ours,) = medians_in_turn([(run, {"folder": root})], bench.runs)
        yield Number(f"run, nothing changed, {FEW} steps", ours, 0.040, tool, peer)


def beside_make(bench, name, work, steps):
    root = bench.repository(name, graphs.project(steps))
    bench.headgate("run", "--progress", "quiet", cwd=root)
    commands = [([bench.program, "run", "--progress", "quiet"], {"folder": root})]
    if bench.has("make"):
        bench.prepare(*peers.MAKE, cwd=root)
        commands.append((peers.MAKE, {"folder": root}))
    ours, *peer = medians_in_turn(commands, bench.runs)
    return Number(work, ours, 0.040, "make", *peer)
