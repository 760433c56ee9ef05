"""Pipelines of a given shape, written for headgate, make, dvc and snakemake alike.

Every step makes one small output of its inputs: their checksums.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    number: int
    inputs: tuple

    @property
    def name(self):
        return f"s{self.number}"

    @property
    def output(self):
        return f"out/{self.number}.txt"

    @property
    def command(self):
        return f"cksum {' '.join(self.inputs)} > {self.output}"


def source(number):
    return f"in/{number}.txt"


def output(number):
    return f"out/{number}.txt"


def independent(count):
    """Steps that each copy a file of their own."""
    return [Step(n, (source(n),)) for n in range(count)]


def chain(count):
    """Steps that each read what the one before made."""
    return [Step(n, (source(0) if n == 0 else output(n - 1),)) for n in range(count)]


def fan(count):
    """One step that all others but the last read, which reads all of those."""
    middle = [Step(n, (output(0), source(n))) for n in range(1, count - 1)]
    return [Step(0, (source(0),)), *middle, Step(count - 1, tuple(step.output for step in middle))]


def diamonds(count):
    """Groups of four, one above two above one, each below the last of the group before."""
    steps = []
    for top in range(0, count - 3, 4):
        above = source(0) if top == 0 else output(top - 1)
        steps += [Step(top, (above,)), Step(top + 1, (output(top),)), Step(top + 2, (output(top),)),
                  Step(top + 3, (output(top + 1), output(top + 2)))]
    return steps


def project(steps):
    """The files of a project with these steps, by path."""
    sources = {path for step in steps for path in step.inputs if path.startswith("in/")}
    files = {path: f"{path}\n" for path in sources}
    files[".gitignore"] = "/out/\n/.dvc/\n/.snakemake/\n"
    files["headgate.yaml"] = "version: 1\nsteps:\n" + "".join(
        f"  {step.name}: {{run: '{step.command}', inputs: [{', '.join(step.inputs)}], outputs: [{step.output}]}}\n"
        for step in steps)
    files["Makefile"] = (
        "MAKEFLAGS += --no-builtin-rules\nall: " + " ".join(step.output for step in steps) + "\n" + "".join(
            f"{step.output}: {' '.join(step.inputs)}\n\t{step.command}\n" for step in steps))
    files["dvc.yaml"] = "stages:\n" + "".join(
        f"  {step.name}:\n    cmd: {step.command}\n    deps: [{', '.join(step.inputs)}]\n    outs: [{step.output}]\n"
        for step in steps)
    files["Snakefile"] = (
        "rule all:\n    input: " + ", ".join(f'"{step.output}"' for step in steps) + "\n" + "".join(
            f"rule {step.name}:\n    input: {', '.join(repr(path) for path in step.inputs)}\n"
            f"    output: {step.output!r}\n    shell: {step.command!r}\n" for step in steps))
    files["out/.keep"] = ""  # For make, which makes no folders; ignored by Git.
    return files


def many_files(root, steps, files):
    """Puts a project into `root` whose steps each count the files of a directory of their own, `files` in all.

    The files are ignored by Git, as data is.
    """
    each = files // steps
    for step in range(steps):
        folder = root / "in" / str(step)
        folder.mkdir(parents=True)
        for number in range(each):
            (folder / f"{number}.txt").write_text(f"{step} {number}\n")


def counting(steps):
    """The files of a project for `many_files`, by path, and the same as a Makefile."""
    configuration = "version: 1\nsteps:\n" + "".join(
        f"  s{n}: {{run: ls in/{n} | wc -l > out/{n}.txt, inputs: [in/{n}], outputs: [out/{n}.txt]}}\n" for n in range(steps))
    targets = " ".join(f"out/{n}.txt" for n in range(steps))
    makefile = "MAKEFLAGS += --no-builtin-rules\nall: " + targets + "\n" + "".join(
        f"out/{n}.txt: $(wildcard in/{n}/*.txt)\n\tls in/{n} | wc -l > out/{n}.txt\n" for n in range(steps))
    return {"headgate.yaml": configuration, "Makefile": makefile, ".gitignore": "/in/\n/out/\n", "out/.keep": ""}
