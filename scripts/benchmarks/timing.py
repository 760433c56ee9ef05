"""Times child processes with as little of Python around them as possible."""

import os
import shutil
import statistics
import time

from bench import CannotMeasure, ending


def seconds(command, folder=None, environment=None, expect=0):
    """The wall time of one command, from its start to its end, its output thrown away."""
    return measured(command, folder, environment, expect)[0]


def measured(command, folder=None, environment=None, expect=0):
    """The wall time of one command, and the largest memory in bytes that it, or a child of it, had.

    Raises CannotMeasure where it does not end with the exit code `expect`: a command that fails fast is no fast command.
    """
    program = shutil.which(os.fspath(command[0])) or os.fspath(command[0])
    words = [os.fspath(word) for word in command]
    quiet = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
        (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
    ]
    before = os.getcwd()
    if folder is not None:
        os.chdir(folder)
    try:
        start = time.perf_counter()
        child = os.posix_spawn(program, words, environment or os.environ, file_actions=quiet)
        _, status, used = os.wait4(child, 0)
        took = time.perf_counter() - start
    finally:
        os.chdir(before)
    if os.waitstatus_to_exitcode(status) != expect:
        raise CannotMeasure(ending(words, os.waitstatus_to_exitcode(status)))
    return took, used.ru_maxrss * 1024


def median_seconds(command, runs, **options):
    """The median wall time of several runs, after one that warms the caches."""
    seconds(command, **options)
    return statistics.median(seconds(command, **options) for _ in range(runs))


def medians_in_turn(commands, runs):
    """The median of each command, run in turn so that a noisy moment hits all of them alike.

    `commands` are (command, options) pairs.
    """
    times = [[] for _ in commands]
    for command, options in commands:
        seconds(command, **options)
    for _ in range(runs):
        for taken, (command, options) in zip(times, commands):
            taken.append(seconds(command, **options))
    return [statistics.median(taken) for taken in times]
