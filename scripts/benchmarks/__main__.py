"""Runs the benchmarks and prints a line for each number. Started by scripts/bench.

Each module p<nn>_<subject>.py measures one row of budgets and has `measure(bench)`, which yields `Number`s. A new row is a new
module: it is found by its name.
"""

import argparse
import importlib
import pathlib
import shutil
import sys
import tempfile

import growth
from bench import Bench, CannotMeasure
from scale import Scale

HERE = pathlib.Path(__file__).resolve().parent


def modules(wanted):
    """The modules to run, by number; all of them where none is wanted."""
    found = {f"P{int(path.stem[1:3])}": path.stem for path in sorted(HERE.glob("p[0-9][0-9]_*.py"))}
    unknown = [name for name in wanted if name.upper() not in found]
    if unknown:
        sys.exit(f"error: no such benchmark: {', '.join(unknown)} (there are {', '.join(found)})")
    return {name: module for name, module in found.items() if not wanted or name in map(str.upper, wanted)}


def line(label, work, headgate, peer, ratio, budget, judgement):
    print(f"{label:<4} {work:<56} {headgate:>10}  {peer:<20} {ratio:>6}  {budget:>10}  {judgement}", flush=True)


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench", description="Measure headgate against its budgets")
    parser.add_argument("numbers", nargs="*", metavar="P6", help="which numbers to measure (default: all)")
    parser.add_argument("--runs", type=int, default=20, help="how many runs a median is taken of (default: 20)")
    parser.add_argument("--growth", action="store_true", help="instead, show how cost grows with steps and files")
    options = parser.parse_args()
    chosen = modules(options.numbers)

    folder = pathlib.Path(tempfile.mkdtemp(prefix="headgate-bench."))
    try:
        scale = Scale.measured(folder)
        for sentence in scale.sentences():
            print(sentence)
        print()
        bench = Bench(program=HERE.parent.parent / ".build/headgate/bin/headgate", folder=folder, runs=options.runs)
        if options.growth:
            growth.show(bench)
            return
        line("", "work", "headgate", "peer", "ratio", "budget", "")
        for name, module in chosen.items():
            try:
                for number in importlib.import_module(module).measure(bench):
                    line(name, *number.columns(scale))
            except CannotMeasure as problem:
                line(name, str(problem), "", "", "", "", "not measured")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


main()
