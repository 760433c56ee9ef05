"""What runs the same pipelines, where it is installed: the command that brings everything up to date."""

import os

MAKE = ["make", "--silent"]
# dvc may not report home while it is timed.
QUIET = {**os.environ, "DVC_NO_ANALYTICS": "1"}


def dvc(bench, root):
    """Prepares `root` for dvc, and returns the command with its options; `None` where dvc is not installed."""
    if not bench.has("dvc"):
        return None
    bench.prepare("dvc", "init", "--quiet", "--force", cwd=root)
    return ["dvc", "repro", "--quiet"], {"folder": root, "environment": QUIET}


def snakemake(bench, root):
    if not bench.has("snakemake"):
        return None
    return ["snakemake", "--quiet", "all", "--cores", "2"], {"folder": root, "environment": QUIET}
