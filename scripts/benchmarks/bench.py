"""What every benchmark works with: the program, a folder of its own, and a shape for its numbers."""

import os
import pathlib
import shutil
import subprocess
from dataclasses import dataclass
from typing import Optional


class CannotMeasure(Exception):
    """Why a number cannot be measured here, as a sentence."""


@dataclass(frozen=True)
class Number:
    """One measured number, in seconds unless `unit` is another.

    `peer` is what it is compared with, where that is installed. With `adds`, the number is what comes on top of the peer's.
    A budget that was made of this machine's own figures, or of bytes, is not scaled.
    """

    work: str
    seconds: float
    budget: float
    peer_name: str = ""
    peer: Optional[float] = None
    adds: bool = False
    is_scaled: bool = True
    unit: str = "s"

    def columns(self, scale):
        budget = self.budget * (scale.slowness if self.is_scaled else 1)
        readable = megabytes if self.unit == "B" else seconds_readable
        plus = "+ " if self.adds else ""
        return (
            self.work,
            plus + readable(self.seconds),
            "-" if self.peer is None else f"{self.peer_name} {readable(self.peer)}",
            "-" if self.peer is None else f"{(self.seconds + (self.peer if self.adds else 0)) / self.peer:.2f}",
            plus + readable(budget),
            "holds" if self.seconds <= budget else f"misses, {self.seconds / budget:.2f} times the budget",
        )


def ending(words, status, said=""):
    """A sentence about a command that ended otherwise than it should have."""
    name = " ".join([pathlib.Path(words[0]).name, *words[1:]])
    return ": ".join([f"`{name}` ended with {status}", *said.strip().splitlines()[:1]])


def megabytes(count):
    return f"{count / 1e6:.0f} MB"


def seconds_readable(seconds):
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1e3:.2f} ms"


@dataclass(frozen=True)
class Bench:
    program: pathlib.Path
    folder: pathlib.Path
    runs: int

    def headgate(self, *words, cwd):
        """Runs headgate to prepare something; what it prints is shown only where it fails."""
        return self.prepare(self.program, *words, cwd=cwd)

    def prepare(self, *command, cwd, text=None):
        words = [os.fspath(word) for word in command]
        done = subprocess.run(words, cwd=cwd, input=text, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise CannotMeasure(ending(words, done.returncode, done.stderr or done.stdout))
        return done.stdout

    def has(self, program):
        return shutil.which(program) is not None

    def repository(self, name, files):
        """Makes a repository with these files committed on main, and returns its folder."""
        root = self.folder / name / "project"
        root.mkdir(parents=True)
        for path, text in files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)
        self.prepare("git", "init", "--quiet", "--initial-branch", "main", cwd=root)
        self.prepare("git", "config", "user.name", "Bench", cwd=root)
        self.prepare("git", "config", "user.email", "bench@example.com", cwd=root)
        self.prepare("git", "add", "--all", cwd=root)
        self.prepare("git", "commit", "--quiet", "--message", "Begin", cwd=root)
        return root
