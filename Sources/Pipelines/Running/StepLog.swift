import HostSystem
import Model
import SystemPackage

/// The file that holds what a step wrote.
struct StepLog: Sendable {
    let path: FilePath

    /// What a step writes beyond this is dropped.
    static let limit: Int64 = 100_000_000

    init(of step: String, in runFolder: FilePath) {
        path = runFolder.appending(fileName(for: step) + ".log")
    }

    /// Returns the last lines, at most `count`.
    func tail(_ count: Int = 20) -> [String] {
        // A log that cannot be read shows nothing; the failure itself is told anyway.
        guard let file = try? FileDescriptor.open(path, .readOnly, options: .closeOnExec) else { return [] }
        defer { try? file.close() }  // Nothing was written.
        let window: Int64 = 64 << 10
        guard let size = try? file.seek(offset: 0, from: .end) else { return [] }
        var bytes = [UInt8](repeating: 0, count: Int(min(size, window)))
        let start = max(0, size - window)
        guard let length = try? bytes.withUnsafeMutableBytes({ try file.read(fromAbsoluteOffset: start, into: $0) })
        else { return [] }
        var lines = bytes.prefix(length).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        if start > 0, lines.count > 1 { lines.removeFirst() }
        return lines.suffix(count).map { String(decoding: $0, as: UTF8.self) }
    }
}

extension PipelineEngine {
    /// Where the log of a step is, or will be, in the folder of a run.
    public static func log(of step: String, in runFolder: FilePath) -> FilePath {
        StepLog(of: step, in: runFolder).path
    }
}

/// Returns a file name that tells which step it is of, whatever characters the step's id holds.
func fileName(for step: String) -> String {
    if step.utf8.allSatisfy(isPlain), step.utf8.count <= 120, step.utf8.first != UInt8(ascii: ".") { return step }
    let plain = step.utf8.prefix(80).map { isPlain($0) ? Character(Unicode.Scalar($0)) : "-" }
    return "step-" + String(plain) + "-" + ContentHash(of: step).prefix(8)
}

private func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
    default: "._-[]=,".utf8.contains(byte)
    }
}
