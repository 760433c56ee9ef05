"""A project of many steps that each copy one small file, and the same as a Makefile."""


def project(steps, extra=""):
    """The files of the project, by path."""
    files = {f"in/{n}.txt": f"{n}\n" for n in range(steps)}
    files[".gitignore"] = "/out/\n"
    files["headgate.yaml"] = "version: 1\n" + extra + "steps:\n" + "".join(
        f"  s{n}: {{run: cp in/{n}.txt out/{n}.txt, inputs: [in/{n}.txt], outputs: [out/{n}.txt]}}\n" for n in range(steps))
    targets = [f"out/{n}.txt" for n in range(steps)]
    files["Makefile"] = "MAKEFLAGS += --no-builtin-rules\nall: " + " ".join(targets) + "\n" + "".join(
        f"out/{n}.txt: in/{n}.txt\n\tcp in/{n}.txt out/{n}.txt\n" for n in range(steps))
    files["out/.keep"] = ""  # For make, which makes no folders; ignored by Git.
    return files


def many_files(root, steps, files):
    """Puts a project into `root` whose steps each count the files of a directory of their own, `files` in all.

    The files are ignored by Git, as data is, and the same as a Makefile.
    """
    each = files // steps
    for step in range(steps):
        folder = root / "in" / str(step)
        folder.mkdir(parents=True)
        for number in range(each):
            (folder / f"{number}.txt").write_text(f"{step} {number}\n")


def counting(steps):
    """The files of a project for `many_files`, by path."""
    configuration = "version: 1\nsteps:\n" + "".join(
        f"  s{n}: {{run: ls in/{n} | wc -l > out/{n}.txt, inputs: [in/{n}], outputs: [out/{n}.txt]}}\n" for n in range(steps))
    targets = " ".join(f"out/{n}.txt" for n in range(steps))
    makefile = "MAKEFLAGS += --no-builtin-rules\nall: " + targets + "\n" + "".join(
        f"out/{n}.txt: $(wildcard in/{n}/*.txt)\n\tls in/{n} | wc -l > out/{n}.txt\n" for n in range(steps))
    return {"headgate.yaml": configuration, "Makefile": makefile, ".gitignore": "/in/\n/out/\n", "out/.keep": ""}
