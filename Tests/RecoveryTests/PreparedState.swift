import HostSystem
import Model
import SystemPackage

/// The states of the small project in which trials begin.
enum PreparedState: String, CaseIterable {
    /// An adopted project with environments, branches, uncommitted work of every kind and hooks of its own.
    case adopted
    /// The same with Headgate's hooks.
    case hooked
    /// The same with the environment of `topic` in the trash.
    case removed

    /// The state that this one is made from.
    var earlier: PreparedState? {
        switch self {
        case .adopted: nil
        case .hooked, .removed: .adopted
        }
    }

    func prepare(in lane: Lane) async throws {
        switch self {
        case .adopted: try await adopt(lane)
        case .hooked: try await lane.require(["hooks", "install"])
        case .removed: try await lane.require(["env", "remove", "topic", "--force"])
        }
    }

    private func adopt(_ lane: Lane) async throws {
        let repository = lane.repository
        try await repository.commit(
            ["factor.txt": "1\n", "notes.txt": "one\n", "todo.txt": "one\n", "sub/deep.txt": "deep\n"], message: "Work")
        try await branch("landing", lane)
        try await repository.commit(
            ["headgate.yaml": configuration, ".gitignore": "data/\nout/\nprivate.txt\n"], message: "Adopt")
        // `landing` has to be merged, `forward` needs a fast-forward only.
        try await branch("forward", lane)
        try repository.write("data/raw/a.csv", "id,v\n3,4\n1,2\n")
        for branch in ["fresh", "aside", "release"] { try await repository.git("branch", branch, "main") }
        try await lane.require(["run"])
        // An environment without a workspace, with pins.
        try await lane.require(["switch", "--here", "aside"])
        try await lane.require(["run"])
        try await lane.require(["switch", "--here", "main"])
        try await work(lane.project, lane)
        try await topic(lane)
        try hooks(lane)
    }

    /// A branch that edits, adds and moves files.
    private func branch(_ name: String, _ lane: Lane) async throws {
        let repository = lane.repository
        try await repository.branch(name, from: "main")
        try await repository.commit(["factor.txt": "2\n", "added/\(name).txt": "new\n"], message: "Double")
        try await repository.git("mv", "sub/deep.txt", "sub/moved.txt")
        try await repository.commit(message: "Move")
        try await repository.git("switch", "--quiet", "main")
    }

    /// A linked workspace in which somebody is at work.
    private func topic(_ lane: Lane) async throws {
        try await lane.require(["env", "create", "topic"])
        let workspace = lane.environments.appending("topic")
        try await lane.repository.commit(["topic.txt": "1\n"], message: "Begin the topic", in: workspace)
        try await lane.require(["run"], in: workspace)
        try await work(workspace, lane)
    }

    /// Staged, unstaged, untracked and ignored work.
    private func work(_ workspace: FilePath, _ lane: Lane) async throws {
        try lane.repository.write("notes.txt", "two, staged\n", in: workspace)
        try lane.repository.write("staged.txt", "only in the index and here\n", in: workspace)
        try await lane.repository.git("add", "notes.txt", "staged.txt", in: workspace)
        try lane.repository.write("todo.txt", "two, not staged\n", in: workspace)
        try lane.repository.write("scratch/idea.txt", "untracked\n", in: workspace)
        try lane.repository.write("private.txt", "ignored\n", in: workspace)
    }

    /// Hooks of the user's: one that writes, one that asks for its own name, one that is a link, and one that Headgate
    /// has nothing to do with.
    private func hooks(_ lane: Lane) throws {
        let scripts = [
            "hooks/reference-transaction": "#!/bin/sh\necho \"user hook: $1\" >&2\ncat >/dev/null\n",
            "hooks/post-checkout": "#!/bin/sh\nexit 0\n",
            "hooks/pre-merge-commit": "#!/bin/sh\n[ \"$(basename \"$0\")\" = pre-merge-commit ]\n",
            "hooks/commit-msg": "#!/bin/sh\nexit 0\n", "shared/push": "#!/bin/sh\nexit 0\n",
        ]
        for (name, text) in scripts {
            let file = try lane.repository.write(".git/\(name)", text)
            try FileSystem.setMode(file, 0o755)
        }
        try FileSystem.symbolicLink(at: lane.project.appending(".git/hooks/pre-push"), to: "../shared/push")
    }
}

private let configuration = """
    version: 1
    project: tiny
    environments:
      - match: main
        protected: true
      - match: release
        protected: true
      - match: "*"
        from: main
    sources:
      raw:
        path: data/raw
    steps:
      sort:
        run: sort data/raw/a.csv > out/sorted.csv
        inputs: [data/raw/a.csv]
        outputs: [out/sorted.csv]
        tests:
          - row_count: {min: 1}
      scale:
        run: cat factor.txt out/sorted.csv > out/scaled.txt
        inputs: [factor.txt, out/sorted.csv]
        outputs: [out/scaled.txt]

    """
