"""P13: `headgate --version`, and `headgate status` among 200 environments and 10,000 packed branches."""

from bench import Number
from timing import median_seconds, medians_in_turn

ENVIRONMENTS = 200
BRANCHES = 10_000
STEPS = 20
INPUTS = 1000


def measure(bench):
    version, git = medians_in_turn([([bench.program, "--version"], {}), (["git", "--version"], {})], bench.runs)
    yield Number("headgate --version", version, 0.008, "git --version", git)

    root = bench.repository("p13", {
        ".gitignore": "/data/\n/out/\n",
        "headgate.yaml": "version: 1\nsources: {raw: {path: data/raw}}\nsteps:\n" + "".join(
            f"  s{n}: {{run: 'cat data/raw/{n}/* > out/{n}.txt', inputs: [data/raw/{n}], outputs: [out/{n}.txt]}}\n"
            for n in range(STEPS)),
    })
    for n in range(INPUTS):
        folder = root / f"data/raw/{n % STEPS}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{n}.txt").write_text(f"{n}\n")

    tip = bench.prepare("git", "rev-parse", "HEAD", cwd=root).strip()
    bench.prepare("git", "update-ref", "--stdin", cwd=root,
                  text="".join(f"create refs/heads/topic/{n} {tip}\n" for n in range(BRANCHES)))
    bench.prepare("git", "pack-refs", "--all", cwd=root)
    bench.headgate("run", "--progress", "quiet", cwd=root)
    for n in range(ENVIRONMENTS):
        bench.headgate("env", "create", f"topic/{n}", cwd=root)
    bench.headgate("status", cwd=root)
    yield Number(f"status, {ENVIRONMENTS} environments, {BRANCHES:,} packed branches",
                 median_seconds([bench.program, "status"], bench.runs, folder=root), 0.040)
