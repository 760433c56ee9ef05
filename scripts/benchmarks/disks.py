"""File systems of their own, mounted from a file, and the data that environments are measured with."""

import contextlib
import os
import statistics
import subprocess

from bench import CannotMeasure
from timing import seconds

FILES, SIZE = 20_000, 165_000
TRACKED = 200
MAKE = {
    "btrfs": ["mkfs.btrfs", "--quiet"],
    "xfs": ["mkfs.xfs", "-q", "-m", "reflink=1"],
    "ext4": ["mkfs.ext4", "-q"],
}


@contextlib.contextmanager
def mounted(bench, kind, gigabytes=16):
    """Mounts a new file system from a sparse file, and yields the folder. Raises CannotMeasure without root."""
    if os.geteuid() != 0:
        raise CannotMeasure(f"needs root to mount {kind}")
    if not bench.has(MAKE[kind][0]):
        raise CannotMeasure(f"needs {MAKE[kind][0]}")
    image, folder = bench.folder / f"{kind}.image", bench.folder / kind
    folder.mkdir()
    with open(image, "wb") as file:
        file.truncate(gigabytes * 1_000_000_000)
    try:
        bench.prepare(*MAKE[kind], image, cwd=bench.folder)
        bench.prepare("mount", "-o", "loop", image, folder, cwd=bench.folder)
        yield folder
    finally:
        if os.path.ismount(folder):
            subprocess.run(["umount", folder], check=True)
        image.unlink()
        folder.rmdir()


def fill(folder):
    """Puts 20,000 files, 3.3 GB in all, into a folder. No two are alike, and no block is a hole."""
    block = os.urandom(SIZE)
    for number in range(FILES):
        if number % 200 == 0:
            (folder / str(number // 200)).mkdir(parents=True)
        with open(folder / str(number // 200) / f"{number}.bin", "wb") as file:
            file.write(number.to_bytes(8, "big"))
            file.write(block[8:])


def environments(bench, disk, root, runs, peer):
    """Measures the creation of environments, each beside `peer(number)`; returns the medians in seconds."""
    bench.headgate("env", "update", "main", cwd=root)
    ours, peers = [], []
    for number in range(min(bench.runs, runs)):
        settle(disk)
        ours.append(seconds([bench.program, "env", "create", f"ours-{number}"], folder=root))
        settle(disk)
        peers.append(peer(number))
    return statistics.median(ours), statistics.median(peers)


def project(bench, folder, source):
    """Makes a repository of 200 tracked files in `folder`, whose one source `raw` has these keys."""
    files = {f"src/{number}.txt": f"{number}\n" for number in range(TRACKED)}
    files[".gitignore"] = "/data/\n"
    keys = ", ".join(f"{key}: {value}" for key, value in {"path": "data/raw", **source}.items())
    files["headgate.yaml"] = f"version: 1\nsources: {{raw: {{{keys}}}}}\n"
    return bench.repository(folder, files)


def settle(folder):
    """Writes everything out, so that one measurement does not pay for the one before."""
    seconds(["sync", "--file-system", folder])


def used_bytes(folder):
    settle(folder)
    system = os.statvfs(folder)
    return (system.f_blocks - system.f_bfree) * system.f_frsize
