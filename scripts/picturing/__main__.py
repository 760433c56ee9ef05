"""Runs a command on a terminal of its own and draws a part of what it showed as SVG. Started by scripts/picture."""

import argparse
import pathlib
import sys

from drawing import svg
from recording import recorded
from screen import Screen

COLUMNS = 112


def part(lines, start, end):
    """The lines from the one that names the chapter `start` up to the one that names `end`, without blank ends."""
    texts = [line.text for line in lines]
    try:
        first = next(n for n, text in enumerate(texts) if text.startswith(f"── {start}"))
        last = next(n for n, text in enumerate(texts) if text.startswith(f"── {end}"))
    except StopIteration:
        sys.exit("error: the recording does not hold the chapters asked for; it ends with\n" + "\n".join(texts[-15:]))
    chosen = lines[first:last]
    while chosen and not chosen[-1].text:
        chosen.pop()
    return chosen


def main():
    parser = argparse.ArgumentParser(prog="scripts/picture")
    parser.add_argument("--from", dest="start", required=True, help="the chapter to begin with")
    parser.add_argument("--to", dest="end", required=True, help="the chapter to stop before")
    parser.add_argument("--output", type=pathlib.Path, required=True)
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()

    screen = Screen(COLUMNS)
    status = recorded(options.command, COLUMNS, screen.feed)
    lines = part(screen.lines(), options.start, options.end)
    if status != 0:
        sys.exit(f"error: {' '.join(options.command)} ended with {status}")
    options.output.write_text(svg(lines, COLUMNS), encoding="utf-8")


main()
