import Glibc
import SystemPackage

/// Takes what a command writes, and keeps of it what was asked for.
struct OutputSink {
    private enum Target {
        case none
        case memory(limit: Int)
        case file(FilePath, descriptor: Int32, limit: Int64)
    }

    private(set) var captured: [UInt8] = []
    private(set) var truncated = false
    /// Why the log could not be written; the command went on meanwhile.
    private(set) var failure: HostError?
    private let target: Target
    private let observe: (@Sendable ([UInt8]) -> Void)?
    private var redactor: Redactor?
    private var written: Int64 = 0

    init(_ destination: OutputDestination, observe: (@Sendable ([UInt8]) -> Void)?, redactions: [[UInt8]]) {
        self.observe = observe
        redactor = Redactor(redactions)
        switch destination {
        case .captured(let limit): target = .memory(limit: limit)
        case .inherited, .discarded: target = .none
        case .log(let path, let limit):
            do throws(HostError) {
                let flags = O_WRONLY | O_CREAT | O_APPEND
                target = .file(
                    path, descriptor: try OpenFile(path, flags, mode: 0o600, action: "write").handOver(), limit: limit)
            } catch {
                target = .none
                failure = error
            }
        }
    }

    init(_ destination: ErrorDestination) {
        observe = nil
        switch destination {
        case .captured(let limit): target = .memory(limit: limit)
        case .joined, .inherited, .discarded: target = .none
        }
    }

    mutating func take(_ chunk: ArraySlice<UInt8>) {
        if case .memory(let limit) = target {
            captured += chunk.prefix(max(0, limit - captured.count))
            written += Int64(chunk.count)
            truncated = written > Int64(limit)
            if observe == nil { return }
        }
        pass(on: redactor?.take(chunk) ?? Array(chunk))
    }

    /// Passes on what was held back, and closes the log.
    mutating func finish() {
        if let rest = redactor?.finish() { pass(on: rest) }
        guard case .file(let path, let descriptor, let limit) = target else { return }
        if truncated, failure == nil {
            append("\n[the log ends here: \(limit) bytes]\n".utf8, to: descriptor, at: path)
        }
        if close(descriptor) != 0, failure == nil, errno != EINTR {
            failure = .failed(action: "write", path: path, code: Errno(rawValue: errno))
        }
    }

    private mutating func pass(on bytes: [UInt8]) {
        if bytes.isEmpty { return }
        observe?(bytes)
        guard case .file(let path, let descriptor, let limit) = target else { return }
        let part = bytes.prefix(Int(max(0, min(limit - written, Int64(bytes.count)))))
        if part.count < bytes.count { truncated = true }
        written += Int64(bytes.count)
        if failure == nil { append(part, to: descriptor, at: path) }
    }

    private mutating func append(_ bytes: some Collection<UInt8>, to descriptor: Int32, at path: FilePath) {
        do throws(HostError) {
            try write(bytes, to: descriptor, at: path)
        } catch {
            failure = error
        }
    }
}
