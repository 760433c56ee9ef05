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
