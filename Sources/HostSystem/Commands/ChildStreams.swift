import CHost
import Glibc
import SystemPackage

/// What becomes descriptors 0, 1 and 2 of a child, and the ends that Headgate reads.
struct ChildStreams: Sendable {
    struct Stream: Sendable {
        let descriptor: FileDescriptor
        /// Whether it was opened for the child, and is to be closed once the child has it.
        let isOurs: Bool
    }

    let input: Stream
    let output: Stream
    let error: Stream
    /// Where the child's output is read; `nil` when it goes elsewhere.
    let outputReader: Int32?
    let errorReader: Int32?

    /// - Parameter terminal: what stands in for the user's terminal.
    init(_ invocation: Invocation, terminal: FileDescriptor?) throws(HostError) {
        var opened: [Int32] = terminal.map { [$0.rawValue] } ?? []
        let own = terminal.map { Stream(descriptor: $0, isOurs: true) }
        let ownError = TerminalDevice.standardError.isTerminal ? own : nil
        do throws(HostError) {
            if let own { input = own } else { input = try inputStream(invocation.input, &opened) }
            (output, outputReader) =
                switch invocation.output {
                case .captured, .log: try pipe(&opened)
                case .inherited: (own ?? Stream(descriptor: .standardOutput, isOurs: false), nil)
                case .discarded: (try null(O_WRONLY, &opened), nil)
                }
            (error, errorReader) =
                switch invocation.errorOutput {
                case .captured: try pipe(&opened)
                case .joined: (output, nil)
                case .inherited: (ownError ?? Stream(descriptor: .standardError, isOurs: false), nil)
                case .discarded: (try null(O_WRONLY, &opened), nil)
                }
        } catch {
            for descriptor in opened { close(descriptor) }
            throw error
        }
    }

    /// Closes the ends that Headgate reads.
    func closeReaders() {
        if let outputReader { close(outputReader) }
        if let errorReader { close(errorReader) }
    }
}

private func inputStream(_ input: CommandInput, _ opened: inout [Int32]) throws(HostError) -> ChildStreams.Stream {
    switch input {
    case .none: return try null(O_RDONLY, &opened)
    case .inherited: return ChildStreams.Stream(descriptor: .standardInput, isOurs: false)
    case .bytes(let bytes):
        // A file in memory: unlike a pipe it needs nobody to feed it, and a child that does not read it hurts nobody.
        let path: FilePath = "standard input"
        let descriptor = try call("make", path) { chost_memory_file("input") }
        opened.append(descriptor)
        try write(bytes, to: descriptor, at: path)
        lseek(descriptor, 0, SEEK_SET)
        return ChildStreams.Stream(descriptor: FileDescriptor(rawValue: descriptor), isOurs: true)
    }
}

private func null(_ flags: Int32, _ opened: inout [Int32]) throws(HostError) -> ChildStreams.Stream {
    let descriptor = try OpenFile("/dev/null", flags).handOver()
    opened.append(descriptor)
    return ChildStreams.Stream(descriptor: FileDescriptor(rawValue: descriptor), isOurs: true)
}

private func pipe(_ opened: inout [Int32]) throws(HostError) -> (ChildStreams.Stream, Int32?) {
    var ends: [Int32] = [0, 0]
    try call("make", "a pipe") { chost_pipe(&ends) }
    opened += ends
    // Only the end that is read here: the child's must block when it is full.
    _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
    return (ChildStreams.Stream(descriptor: FileDescriptor(rawValue: ends[1]), isOurs: true), ends[0])
}
