"""P11: what all installed hooks add to a `git commit` on an unprotected branch."""

from bench import Number
from timing import medians_in_turn


def measure(bench):
    files = {f"src/{n}.txt": f"{n}\n" for n in range(200)}
    files["headgate.yaml"] = "version: 1\n"
    bare, hooked = bench.repository("p11-none", files), bench.repository("p11-hooks", files)
    for root in (bare, hooked):
        bench.prepare("git", "switch", "--quiet", "--create", "topic", cwd=root)
    bench.headgate("hooks", "install", cwd=hooked)
    commit = ["git", "commit", "--quiet", "--allow-empty", "--message", "x"]
    without, with_hooks = medians_in_turn([(commit, {"folder": bare}), (commit, {"folder": hooked})], bench.runs)
    yield Number("git commit, added by all hooks installed", with_hooks - without, 0.004, "no hooks", without, adds=True)
