import HostSystem
import Model
import SystemPackage

/// Watches which files one command opens, by `strace`.
///
/// Of what could watch, only this works for every program, static ones too, as an ordinary user and inside the sandbox:
/// fanotify needs root, `LD_PRELOAD` and `LD_AUDIT` miss what is not linked dynamically. Its filter in the kernel
/// (`--seccomp-bpf`) lets all other calls pass at full speed.
///
/// Source: `strace(1)`.
struct FileTrace: Sendable {
    /// Holds what strace writes.
    let directory: FilePath
    private var file: FilePath { directory.appending("opened") }

    /// Makes an empty directory of its own.
    init(of step: String, in runFolder: FilePath) throws {
        directory = runFolder.appending("trace").appending(fileName(for: step))
        try FileSystem.makeDirectories(directory)
        try FileSystem.remove(directory.appending("opened"))
    }

    /// The same command, watched.
    func watching(_ invocation: Invocation, by tracer: FilePath) -> Invocation {
        var watched = invocation
        watched.program = tracer.string
        // Paths in full (`-y`), of opened files only, whatever happens to the process.
        watched.arguments =
            [
                "-f", "-qq", "-y", "--seccomp-bpf", "-e", "trace=open,openat,openat2,creat", "-e", "signal=none", "-s",
                "0", "-o", file.string, "--", invocation.program,
            ] + invocation.arguments
        return watched
    }

    /// The files that were opened to be read, each once, as the kernel names them.
    ///
    /// - Throws: `HostError` when strace wrote nothing that can be read.
    func openedFiles() throws -> Set<[UInt8]> {
        var opened: Set<[UInt8]> = []
        /// What a thread has begun and not finished, by its number.
        var begun: [ArraySlice<UInt8>: ArraySlice<UInt8>] = [:]
        let text = try FileSystem.readBytes(file, limit: 1 << 30)
        for line in text.split(separator: UInt8(ascii: "\n")) {
            let thread = line.prefix { $0 != UInt8(ascii: " ") }
            let call: ArraySlice<UInt8>
            if line.contains("<unfinished ...>") {
                begun[thread] = line
                continue
            } else if line.contains("resumed>") {
                call = begun.removeValue(forKey: thread) ?? []
            } else {
                call = line
            }
            let isRead = call.contains("O_RDONLY") || call.contains("O_RDWR")
            guard isRead, !call.contains("O_DIRECTORY"), !call.contains("O_PATH"), let path = descriptor(line) else {
                continue
            }
            opened.insert(path)
        }
        return opened
    }

    /// The path in ` = 3</a/b>` at the end of a line; `nil` for a call that failed.
    private func descriptor(_ line: ArraySlice<UInt8>) -> [UInt8]? {
        guard line.last == UInt8(ascii: ">"), let equals = line.lastRange(of: " = ") else { return nil }
        let result = line[equals.upperBound...]
        guard let open = result.firstIndex(of: UInt8(ascii: "<")),
            result[..<open].allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        let path = unescaped(result[result.index(after: open)...].dropLast())
        return path.first == UInt8(ascii: "/") ? path : nil
    }

    /// Reads strace's `\303\244`, `\n` and the like.
    private func unescaped(_ text: ArraySlice<UInt8>) -> [UInt8] {
        let names: [UInt8: UInt8] = [0x6E: 10, 0x74: 9, 0x72: 13, 0x76: 11, 0x66: 12]
        var bytes: [UInt8] = []
        var rest = text
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\"), let next = rest.first else {
                bytes.append(byte)
                continue
            }
            let digits = rest.prefix(3).prefix { (UInt8(ascii: "0")...UInt8(ascii: "7")).contains($0) }
            if let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 8) {
                bytes.append(value)
                rest = rest.dropFirst(digits.count)
            } else {
                bytes.append(names[next] ?? next)
                rest = rest.dropFirst()
            }
        }
        return bytes
    }
}

extension ArraySlice<UInt8> {
    fileprivate func contains(_ text: StaticString) -> Bool { lastRange(of: text) != nil }

    fileprivate func lastRange(of text: StaticString) -> Range<Int>? {
        let wanted = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        guard count >= wanted.count else { return nil }
        var start = endIndex - wanted.count
        while start >= startIndex {
            if self[start] == wanted[0], self[start..<(start + wanted.count)].elementsEqual(wanted) {
                return start..<(start + wanted.count)
            }
            start -= 1
        }
        return nil
    }
}

extension StepJob {
    /// The files that the command opened and that its step does not declare, in the order of their names.
    ///
    /// What it wrote itself does not count, nor what the project's `setup` made.
    ///
    /// - Parameter began: when the command was started.
    func undeclared(_ trace: FileTrace, since began: Timestamp) throws -> [String] {
        let graph = context.graph
        let declared = graph.inputs[number]
        // Without declared inputs all tracked files are.
        let tracked = declared == nil ? Set(lists.flatMap(\.files).map(\.name)) : []
        let prepared = (graph.pipeline.setup?.outputs ?? []).compactMap { WorkspacePath(declared: $0) }
        var found: Set<WorkspacePath> = []
        for path in try trace.openedFiles() {
            guard let place = place(of: path), !place.isRoot, !place.isInGitDirectory,
                !place.isAtOrBeneath(WorkspacePath(".headgate")),
                !(outputs + prepared).contains(where: { place.isAtOrBeneath($0) }),
                // What is gone, and what it wrote, was its own.
                let status = try FileSystem.status(tools.reader.location(of: place)), status.kind == .file,
                status.changed < began
            else { continue }
            let source = place.source
            if isDeclared(source, declared, tracked: tracked) || isDeclared(place, declared, tracked: tracked) {
                continue
            }
            found.insert(source)
        }
        return found.sorted().map(\.text)
    }

    private func isDeclared(_ place: WorkspacePath, _ inputs: [StepInput]?, tracked: Set<String>) -> Bool {
        let graph = context.graph
        for source in graph.sourcesNeeded[number] {
            if let path = graph.sourcePaths[source], place.isAtOrBeneath(path) { return true }
        }
        guard let inputs else {
            let made = graph.dependencies[number].flatMap { graph.outputs[$0] }
            return tracked.contains(place.text) || made.contains { place.isAtOrBeneath($0) }
        }
        return inputs.contains { input in
            switch input.kind {
            case .path(let path): place.isAtOrBeneath(path)
            case .pattern(let pattern):
                pattern.matches(place.bytes) || place.ancestors.contains { pattern.matches($0.bytes) }
            }
        }
    }

    /// Where steps see a file: in the workspace, or in a source that lies elsewhere.
    private func place(of path: [UInt8]) -> WorkspacePath? {
        let path = WorkspacePath(bytes: Array(path.dropFirst()))
        func inside(_ folder: FilePath) -> WorkspacePath? {
            let folder = WorkspacePath(bytes: Array(WorkspacePath(folder).bytes.dropFirst()))
            return path.isAtOrBeneath(folder) ? path.relative(to: folder) : nil
        }
        for mount in tools.reader.mounts {
            if let rest = inside(mount.data) { return rest.isRoot ? mount.path : mount.path.appending(rest) }
        }
        return inside(context.workspace)
    }
}

extension WorkspacePath {
    /// Python reads `a/__pycache__/b.cpython-311.pyc` instead of `a/b.py`, which it was made of.
    fileprivate var source: WorkspacePath {
        let folder = parent
        guard folder.name.elementsEqual("__pycache__".utf8), name.suffix(4).elementsEqual(".pyc".utf8) else {
            return self
        }
        let stem = name.prefix { $0 != UInt8(ascii: ".") }
        return folder.parent.appending(WorkspacePath(bytes: Array(stem) + ".py".utf8))
    }
}
