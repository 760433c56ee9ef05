"""P9: the wall time of a trivial step among 1,000, two at once, in the sandbox and without."""

import os

import peers
from bench import Number
from graphs import independent, project
from timing import median_seconds, seconds

STEPS = 1000
FEW = 100


def measure(bench):
    root = bench.repository("p9", project(independent(STEPS)))
    run = [bench.program, "run", "--force", "--jobs", "2", "--progress", "quiet"]
    peer = []
    if bench.has("make"):
        peer = [median_seconds(["make", "--silent", "--always-make", "--jobs=2"], bench.runs, folder=root) / STEPS]
    for where, variables, budget in [
        ("without sandbox", variables_without_sandbox(bench.folder), 0.002),
        ("in the sandbox", None, 0.008),
    ]:
        taken = median_seconds(run, bench.runs, folder=root, environment=variables) / STEPS
        yield Number(f"one of 1,000 trivial steps, --jobs 2, {where}", taken, budget, "make -j2", *peer)
        # Once each: they take long, and cannot be told to do it all again without their own bookkeeping.
        for tool, prepare in [("dvc", peers.dvc), ("snakemake", peers.snakemake)]:
            few = bench.repository(f"p9-{tool}-{where[:2]}", project(independent(FEW)))
            if found := prepare(bench, few):
                command, options = found
                yield Number(f"  beside {tool}, its first run of {FEW}", taken, budget, tool, seconds(command, **options) / FEW)


def variables_without_sandbox(folder):
    """Variables with a bubblewrap on PATH that refuses, as it does inside many containers; headgate then does without."""
    refusing = folder / "refusing"
    refusing.mkdir()
    (refusing / "bwrap").write_text("#!/bin/sh\nexit 1\n")
    (refusing / "bwrap").chmod(0o755)
    return {**os.environ, "PATH": f"{refusing}:{os.environ['PATH']}"}
