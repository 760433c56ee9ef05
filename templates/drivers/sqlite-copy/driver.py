"""Gives each environment a copy of a SQLite database: fingerprint, create or drop."""

import hashlib
import os
import pathlib
import re
import sqlite3
import sys


def database() -> sqlite3.Connection:
    path = pathlib.Path(os.environ["SHOP_DATABASE"]).resolve(strict=True)
    return sqlite3.connect(path.as_uri() + "?mode=ro", uri=True, timeout=10)


def copy() -> pathlib.Path:
    name = os.environ["HEADGATE_CLONE"]
    if not re.fullmatch(r"hg_[a-z0-9_]+", name):
        sys.exit(f"{name!r} is no name that Headgate gives")
    return pathlib.Path(os.environ["SHOP_COPIES"]).resolve(strict=True) / (name + ".sqlite")


def fingerprint() -> None:
    """The content, in an order of its own, so that a copy and its original are equal."""
    digest = hashlib.sha256()
    for statement in database().iterdump():
        digest.update(statement.encode() + b"\n")
    print(digest.hexdigest())


def create() -> None:
    target = copy()
    unfinished = target.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    with sqlite3.connect(unfinished) as connection:
        database().backup(connection)
    connection.close()
    unfinished.rename(target)
    print(target)


def drop() -> None:
    target = copy()
    for suffix in [".unfinished", ".sqlite-wal", ".sqlite-shm", ".sqlite-journal", ".sqlite"]:
        target.with_suffix(suffix).unlink(missing_ok=True)


if __name__ == "__main__":
    commands = {"fingerprint": fingerprint, "create": create, "drop": drop}
    if len(sys.argv) != 2 or sys.argv[1] not in commands:
        sys.exit("usage: driver.py fingerprint|create|drop")
    commands[sys.argv[1]]()
